#include "actors/revocation_feed.hpp"

#include <doctest/doctest.h>

#include "tests/actors/rows.hpp"
#include "tests/actors/stage.hpp"

using namespace epicura;
using namespace epicura::tests;
using namespace std::chrono_literals;

namespace {

using Standing = Revocations::Standing;

// The feed with NATS and PostgreSQL played by the test.
struct Feed {
  Stage stage;
  Revocations::Moment moment{};
  Revocations revocations{24h, [this] { return moment; }};
  Readiness readiness;
  const Uuid instance = Uuid::v7();
  std::vector<RevocationNews> said;
  struct Read {
    std::chrono::seconds back;
    pg::Callback done;
  };
  std::vector<Read> reads;  // not answered yet
  revocation_actor actor = stage.system.spawn(
      revocation_feed, RevocationConfig{[this](const RevocationNews& news) { said.push_back(news); },
                                        [this](std::chrono::seconds back, pg::Callback done) {
                                          reads.push_back({back, std::move(done)});
                                        },
                                        &revocations, &readiness, [this] { return moment; }, 24h, instance});
  Feed() { stage.run(); }
  ~Feed() {
    reads.clear();
    stage.end(actor);
  }

  void hear(RevocationNews news) {
    stage.send(actor, RevocationsHeard{std::make_shared<const RevocationNews>(std::move(news))});
  }
  void echo() { hear(said.back()); }
  void answer(pg::Outcome outcome) {
    REQUIRE(reads.size() == 1);
    auto done = std::move(reads.back().done);
    reads.clear();
    done(std::move(outcome));
    stage.run();
  }
  void answer_away() { answer(failed(pg::Failure::away)); }
  // One family has ended.
  void answer_with(const Uuid& ended) {
    answer(answered(one_row({std::string(reinterpret_cast<const char*>(ended.bytes.data()), 16)})));
  }
  void pass(std::chrono::seconds time) {
    moment += time;
    stage.advance(time);
  }
  bool look_like(const Uuid& family, Standing wanted) const { return revocations.look(family) == wanted; }
  // Heard, read and ready.
  void settle() {
    answer_with(Uuid::v7());
    echo();
    answer_with(Uuid::v7());
    REQUIRE(readiness.revocations);
  }
};

}  // namespace

TEST_CASE("what ended before is read after its own sign of life has come back, and only then is anybody alive") {
  Feed feed;
  const auto family = Uuid::v7();
  const auto before = Uuid::v7();
  REQUIRE(feed.said.size() == 1);
  CHECK(feed.said[0].families.empty());
  REQUIRE(feed.reads.size() == 1);
  CHECK(feed.reads[0].back == 24h);
  feed.echo();
  CHECK(feed.look_like(family, Standing::unknown));
  feed.answer_with(before);  // begun before the echo: something may have ended between
  CHECK(feed.look_like(before, Standing::ended));
  CHECK(feed.look_like(family, Standing::unknown));
  CHECK_FALSE(feed.readiness.revocations);
  feed.answer_with(Uuid::v7());
  CHECK(feed.readiness.revocations);
  CHECK(feed.look_like(family, Standing::alive));
}

TEST_CASE("the sign of another node does not prove that one's own is heard") {
  Feed feed;
  feed.answer_with(Uuid::v7());
  feed.hear({Uuid::v7(), 1, {}});
  CHECK(feed.reads.empty());
  CHECK_FALSE(feed.readiness.revocations);
}

TEST_CASE("what another node ends is ended here, at once") {
  Feed feed;
  feed.settle();
  const auto family = Uuid::v7();
  CHECK(feed.look_like(family, Standing::alive));
  feed.hear({Uuid::v7(), 0, {family}});
  CHECK(feed.look_like(family, Standing::ended));
}

TEST_CASE("what nobody announced is read within two seconds") {
  Feed feed;
  feed.settle();
  const auto family = Uuid::v7();
  feed.pass(2s);
  REQUIRE(feed.reads.size() == 1);
  CHECK(feed.reads[0].back == 62s);  // since the last one, and a minute
  feed.answer_with(family);
  CHECK(feed.look_like(family, Standing::ended));
}

TEST_CASE("a read that came to nothing is made up for by the next") {
  Feed feed;
  feed.settle();
  for (int i = 0; i < 5; ++i) {
    feed.pass(2s);
    feed.answer_away();
  }
  feed.pass(2s);
  REQUIRE(feed.reads.size() == 1);
  CHECK(feed.reads[0].back == 72s);
}

TEST_CASE("one read is under way at a time") {
  Feed feed;
  feed.settle();
  feed.pass(2s);
  feed.pass(2s);
  CHECK(feed.reads.size() == 1);
}

TEST_CASE("a feed that is silent for 30 s proves nothing, until it is heard again") {
  Feed feed;
  feed.settle();
  const auto family = Uuid::v7();
  feed.moment += 29s;
  CHECK(feed.look_like(family, Standing::alive));
  feed.moment += 1s;
  CHECK(feed.look_like(family, Standing::unknown));
  feed.stage.advance(2s);
  feed.echo();
  CHECK(feed.look_like(family, Standing::alive));
}

TEST_CASE("after a lost connection everything is read again, and an echo of the old one counts for nothing") {
  Feed feed;
  feed.settle();
  const auto family = Uuid::v7();
  const auto old = feed.said.back();
  feed.stage.send(feed.actor, lost_atom_v);
  CHECK(feed.look_like(family, Standing::unknown));
  CHECK_FALSE(feed.readiness.revocations);
  feed.hear(old);
  CHECK(feed.reads.empty());
  feed.stage.send(feed.actor, sweep_atom_v, std::uint64_t{0});
  feed.answer_with(Uuid::v7());  // begun without an echo
  CHECK_FALSE(feed.readiness.revocations);
  feed.echo();
  feed.answer_with(family);
  CHECK(feed.readiness.revocations);
  CHECK(feed.look_like(family, Standing::ended));
}

TEST_CASE("a read that was under way when the connection was lost proves nothing") {
  Feed feed;
  feed.answer_with(Uuid::v7());
  feed.echo();
  feed.stage.send(feed.actor, lost_atom_v);
  feed.answer_with(Uuid::v7());
  CHECK_FALSE(feed.readiness.revocations);
}
