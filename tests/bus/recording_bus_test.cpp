// Reading a stream and playing a recording, against a real nats-server that is killed meanwhile.

#include <doctest/doctest.h>

#include "bus/recording/player.hpp"
#include "bus/recording/stream_reader.hpp"
#include "bus_fixture.hpp"

namespace epicura::bus {
namespace {

// A client as `epicura record` or `replay` is one.
struct Client {
  Client(const NatsServer& server, const std::string& user, const std::string& password)
      : connection({server.url(user, password), user, "_INBOX_" + user}, {}, metrics) {
    connection.start();
  }
  observe::Metrics metrics;
  Connection connection;
};

struct Recorder : Client {
  explicit Recorder(const NatsServer& server) : Client(server, "recorder", NatsServer::recorder_password) {}
};
struct Replayer : Client {
  explicit Replayer(const NatsServer& server) : Client(server, "replayer", NatsServer::replayer_password) {}
};

std::string payload_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

Player::Source numbered_source(int count) {
  return [count, next = 0](RecordedMessage& message) mutable {
    if (next == count) return false;
    const auto outgoing = telemetry("n-" + std::to_string(next++));
    message.subject = outgoing.subject;
    message.payload = outgoing.payload;
    return true;
  };
}

TEST_CASE("a stream is read from its beginning to what is its end now, in order, each message once") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("m", 12'000)));
  Recorder client(server);
  std::vector<std::uint64_t> sequences;
  StreamReader reader(client.connection, {.stream = "TELEMETRY"}, [&](const StreamedMessage& message) {
    sequences.push_back(message.seq);
    return true;
  });
  CHECK(reader.run() == StreamReader::End::reached);
  REQUIRE(sequences.size() == 12'000);
  for (std::size_t i = 0; i < sequences.size(); ++i) REQUIRE(sequences[i] == i + 1);
}

TEST_CASE("a stretch by sequence, by time and by subject; a stream that is not there; nothing to read") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("a", 10)));
  Recorder client(server);
  const auto read = [&client](StreamStretch stretch, std::uint64_t enough = 0) {
    std::vector<std::uint64_t> out;
    StreamReader reader(client.connection, std::move(stretch), [&](const StreamedMessage& message) {
      out.push_back(message.seq);
      return enough == 0 || message.seq < enough;
    });
    return std::pair(reader.run(), out);
  };
  CHECK(read({.stream = "TELEMETRY", .from_seq = 8}).second == std::vector<std::uint64_t>{8, 9, 10});
  CHECK(read({.stream = "TELEMETRY"}, 3) == std::pair(StreamReader::End::enough, std::vector<std::uint64_t>{1, 2, 3}));
  CHECK(read({.stream = "TELEMETRY", .from_time = now() + Millis{60'000}}) ==
        std::pair(StreamReader::End::reached, std::vector<std::uint64_t>{}));
  CHECK(read({.stream = "TELEMETRY", .from_time = now() - Millis{60'000}}).second.size() == 10);
  CHECK(read({.stream = "TELEMETRY", .subject = "epicura.*.telemetry.none"}).second.empty());
  CHECK(read({.stream = "TELEMETRY", .subject = "epicura.*.telemetry"}).second.size() == 10);
  CHECK(read({.stream = "DEVICE"}) == std::pair(StreamReader::End::reached, std::vector<std::uint64_t>{}));
  CHECK(read({.stream = "NONE"}).first == StreamReader::End::no_such_stream);
}

TEST_CASE("nats-server killed while a stream is read: the reader goes on behind what it has") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  REQUIRE(process.store.store_all(numbered("m", 20'000)));
  Recorder client(server);
  std::vector<std::uint64_t> sequences;
  std::atomic<std::size_t> seen{0};
  std::atomic<bool> killed{false};
  StreamReader reader(client.connection, {.stream = "TELEMETRY"}, [&](const StreamedMessage& message) {
    sequences.push_back(message.seq);
    // At some moment in the middle it waits for the kill: what the server had sent is lost with the connection.
    if (++seen == 7'777) wait_until([&] { return killed.load(); });
    return true;
  });
  auto end = StreamReader::End::stopped;
  std::thread reading([&] { end = reader.run(); });
  CHECK(wait_until([&] { return seen >= 7'777; }));
  server.kill();
  killed = true;
  server.start();
  reading.join();
  CHECK(end == StreamReader::End::reached);
  REQUIRE(sequences.size() == 20'000);
  for (std::size_t i = 0; i < sequences.size(); ++i) REQUIRE(sequences[i] == i + 1);
}

TEST_CASE("following a stream goes on at its end until it is stopped") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Recorder client(server);
  std::atomic<std::size_t> seen{0};
  StreamReader reader(client.connection, {.stream = "TELEMETRY", .follow = true}, [&](const StreamedMessage&) {
    ++seen;
    return true;
  });
  auto end = StreamReader::End::reached;
  std::thread reading([&] { end = reader.run(); });
  REQUIRE(process.store.store_all(numbered("a", 10)));
  CHECK(wait_until([&] { return seen == 10; }));
  REQUIRE(process.store.store_all(numbered("b", 10)));
  CHECK(wait_until([&] { return seen == 20; }));
  reader.stop();
  reading.join();
  CHECK(end == StreamReader::End::stopped);
}

TEST_CASE("everything played is in the stream, in its order, once") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Replayer client(server);
  Player player(client.connection, {.speed = 0}, client.metrics);
  CHECK(player.play(numbered_source(10'000)) == Player::End::played);
  CHECK(player.report().published == 10'000);
  CHECK(player.report().again == 0);
  Recorder eyes(server);
  int next = 0;
  bool in_order = true;
  StreamReader reader(eyes.connection, {.stream = "TELEMETRY"}, [&](const StreamedMessage& message) {
    in_order = in_order && payload_of(message.raw) == "n-" + std::to_string(next++);
    return true;
  });
  CHECK(reader.run() == StreamReader::End::reached);
  CHECK(in_order);
  CHECK(next == 10'000);
}

TEST_CASE("nats-server killed in the middle of a replay: nothing is left out, and what went twice is counted") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Replayer client(server);
  Player player(client.connection, {.speed = 0, .batch = 500}, client.metrics);
  auto end = Player::End::stopped;
  std::atomic<bool> killed{false};
  std::thread playing([&] {
    end = player.play([inner = numbered_source(10'000), &killed, given = 0](RecordedMessage& message) mutable {
      if (++given == 5'000) wait_until([&] { return killed.load(); });
      return inner(message);
    });
  });
  CHECK(wait_until([&] { return player.report().published >= 2'000; }));
  server.kill();
  killed = true;
  server.start();
  playing.join();
  CHECK(end == Player::End::played);
  CHECK(player.report().published == 10'000);
  CHECK(process.settled());
  Recorder eyes(server);
  std::set<std::string> payloads;
  std::uint64_t stored = 0;
  StreamReader reader(eyes.connection, {.stream = "TELEMETRY"}, [&](const StreamedMessage& message) {
    payloads.insert(payload_of(message.raw));
    ++stored;
    return true;
  });
  CHECK(reader.run() == StreamReader::End::reached);
  CHECK(payloads.size() == 10'000);
  CHECK(stored <= 10'000 + player.report().again);
}

TEST_CASE("a subject that no stream takes ends the replay there, with exact counts") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Replayer client(server);
  Player player(client.connection, {.speed = 0}, client.metrics);
  const auto source = [inner = numbered_source(100), given = 0](RecordedMessage& message) mutable {
    const bool more = inner(message);
    if (++given == 51) message.subject = "epicura.nobody.takes.this";
    return more;
  };
  CHECK(player.play(source) == Player::End::refused);
  CHECK(player.why() == "epicura.nobody.takes.this: no stream takes it, or its stream refuses it");
  CHECK(player.report().in_order == 50);
  CHECK(player.report().published == 99);  // those behind it were on their way already
}

TEST_CASE("the recorded rhythm is kept, at the speed that is wanted") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Replayer client(server);
  Player player(client.connection, {.speed = 10}, client.metrics);
  const auto at = *parse_rfc3339("2026-11-20T21:05:00Z");
  const auto source = [inner = numbered_source(5), at, given = 0](RecordedMessage& message) mutable {
    const bool more = inner(message);
    message.at = at + Millis{1000 * given++};
    return more;
  };
  const auto began = std::chrono::steady_clock::now();
  CHECK(player.play(source) == Player::End::played);
  // Four seconds of recording; that it is not late either is for the bench, on a machine that has nothing else to do.
  CHECK(std::chrono::steady_clock::now() - began >= Millis{400});
}

TEST_CASE("stopped in the middle it says where to go on") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Replayer client(server);
  Player player(client.connection, {.speed = 1}, client.metrics);
  const auto at = *parse_rfc3339("2026-11-20T21:05:00Z");
  const auto source = [inner = numbered_source(5), at, given = 0](RecordedMessage& message) mutable {
    const bool more = inner(message);
    message.at = at + Millis{given++ < 3 ? 0 : 3'600'000};
    return more;
  };
  auto end = Player::End::played;
  std::thread playing([&] { end = player.play(source); });
  CHECK(wait_until([&] { return player.report().published == 3; }));
  player.stop();
  playing.join();
  CHECK(end == Player::End::stopped);
  CHECK(player.report().in_order == 3);
}

TEST_CASE("without a stream's answer, whoever listens hears it; a source that fails says so") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Client ops(server, "ops", NatsServer::ops_password);
  std::atomic<int> heard{0};
  Subscription subscription(ops.connection, "epicura.*.anything", [&](natsMsg*) { ++heard; });
  REQUIRE(wait_until([&] { return ops.connection.flush(Millis{2000}); }));
  Replayer client(server);
  const auto source = [given = 0](RecordedMessage& message) mutable {
    message.subject = "epicura.a.anything";
    message.payload = "1";
    return given++ < 20;
  };
  Player player(client.connection, {.speed = 0, .core = true}, client.metrics);
  CHECK(player.play(source) == Player::End::played);
  CHECK(player.report().published == 20);
  CHECK(wait_until([&] { return heard == 20; }));

  Player other(client.connection, {.speed = 0}, client.metrics);
  CHECK_THROWS_WITH(other.play([](RecordedMessage&) -> bool { throw std::runtime_error("line 1"); }), "line 1");
}

TEST_CASE("the replayer's user may not give orders, nor the recorder publish") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  Client ops(server, "ops", NatsServer::ops_password);
  std::atomic<int> heard{0};
  Subscription subscription(ops.connection, "epicura.>", [&](natsMsg* message) {
    if (std::string_view(natsMsg_GetSubject(message)) == "epicura.a.end") heard += 100;
    ++heard;
  });
  REQUIRE(wait_until([&] { return ops.connection.flush(Millis{2000}); }));
  Recorder listens(server);
  REQUIRE(wait_until([&] { return listens.connection.flush(Millis{2000}); }));
  natsConnection_PublishString(listens.connection.link().get(), "epicura.a.status", "x");
  listens.connection.flush(Millis{2000});
  Replayer client(server);
  REQUIRE(wait_until([&] { return client.connection.flush(Millis{2000}); }));
  for (const auto* subject : {"epicura.a.commands", "epicura.a.ota", "epicura.a.shadow.desired", "cloud.jobs.x",
                              "$JS.API.STREAM.DELETE.TELEMETRY", "epicura.a.end"})
    natsConnection_PublishString(client.connection.link().get(), subject, "x");
  client.connection.flush(Millis{2000});
  CHECK(wait_until([&] { return heard >= 100; }));
  CHECK(heard == 101);
}

}  // namespace
}  // namespace epicura::bus
