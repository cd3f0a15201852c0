// The chain of the audit log, without a database: what is found, and where.
#include <doctest/doctest.h>

#include <deque>

#include "schema/audit_chain.hpp"
#include "schema/audit_csv.hpp"
#include "schema/hexadecimal.hpp"

using namespace epicura;

namespace {

const Uuid admin = *Uuid::parse("0192f0aa-3b1c-7d2e-8f00-0123456789ab");

AuditRow first_row() {
  static const std::string zeros(32, '\0');
  AuditRow row;
  row.seq = 1;
  row.at = *parse_rfc3339("2026-11-20T21:05:00.123Z");
  row.actor_kind = "admin";
  row.actor_id = admin;
  row.action = "user.disabled";
  row.target_kind = "user";
  row.target_id = "Grüße";
  row.address = "192.0.2.1";
  row.outcome = "done";
  row.detail = R"({"why": "spam"})";
  row.prev_hash = zeros;
  return row;
}

// A log of so many rows, each of its own time.
class Log {
 public:
  explicit Log(int size) {
    auto row = first_row();
    for (int i = 0; i < size; ++i) {
      row.seq = i + 1;
      row.at += std::chrono::seconds{1};
      row.hash = hashes_.emplace_back(audit_hash(row));
      rows.push_back(row);
      row.prev_hash = row.hash;
    }
  }

  std::optional<AuditFault> verify(std::vector<AuditAnchor> anchors = {}) const {
    AuditChain chain(std::move(anchors));
    for (const auto& row : rows) chain.add(row);
    return chain.finish();
  }
  AuditAnchor anchor(std::size_t seq) const { return {static_cast<std::int64_t>(seq), hashes_.at(seq - 1)}; }
  void rehash(std::size_t index) {  // as a forger would who knows the form
    rows[index].hash = hashes_.emplace_back(audit_hash(rows[index]));
  }

  std::vector<AuditRow> rows;

 private:
  std::deque<std::string> hashes_;
};

void check_fault(const std::optional<AuditFault>& fault, std::int64_t seq, AuditFault::Kind kind) {
  REQUIRE(fault);
  INFO(fault->sentence());
  CHECK(fault->seq == seq);
  CHECK(fault->kind == kind);
}

using Kind = AuditFault::Kind;

}  // namespace

TEST_CASE("the hash of an entry is that of its described form") {
  // By Python: hashlib.sha256 over 32 zero bytes and ten fields packed by struct ('>i', '>q').
  CHECK(hexadecimal(audit_hash(first_row())) == "e762ee16c149426addbf7836151e583836a90700ce87507340706ed8751d38f2");
}

TEST_CASE("every column but the address is in the hash, and no two fields run into one") {
  const auto whole = audit_hash(first_row());
  const auto changed = [&whole](auto change) {
    auto row = first_row();
    change(row);
    return audit_hash(row) != whole;
  };
  CHECK(changed([](auto& row) { row.seq = 2; }));
  CHECK(changed([](auto& row) { row.at += std::chrono::microseconds{1}; }));
  CHECK(changed([](auto& row) { row.actor_kind = "user"; }));
  CHECK(changed([](auto& row) { row.actor_id.reset(); }));
  CHECK(changed([](auto& row) { row.actor_id->bytes[15] ^= 1; }));
  CHECK(changed([](auto& row) { row.action = "user.enabled"; }));
  CHECK(changed([](auto& row) { row.target_kind.reset(); }));
  CHECK(changed([](auto& row) { row.target_id = ""; }));
  CHECK(changed([](auto& row) { row.request_id = ""; }));  // empty is not absent
  CHECK(changed([](auto& row) { row.outcome = "denied"; }));
  CHECK(changed([](auto& row) { row.detail = "{}"; }));
  CHECK(changed([](auto& row) { row.prev_hash = "another hash of thirty-two bytes"; }));
  CHECK(changed([](auto& row) { row.request_id = std::exchange(row.target_id, std::nullopt); }));
  CHECK(changed([](auto& row) {
    row.action = "user.disabledu";
    row.target_kind = "ser";
  }));
  CHECK_FALSE(changed([](auto& row) { row.address.reset(); }));
}

TEST_CASE("a whole log: its count, its end, and anchors that it passes") {
  Log log(5);
  AuditChain chain({log.anchor(2), log.anchor(5)});
  for (const auto& row : log.rows) CHECK(chain.add(row));
  CHECK_FALSE(chain.finish());
  CHECK(chain.count() == 5);
  CHECK(chain.last().str() == log.anchor(5).str());
  CHECK_FALSE(Log(0).verify());
  CHECK_FALSE(Log(0).verify({AuditAnchor{}}));
}

TEST_CASE("what was changed, removed, exchanged or slipped in is found at its place") {
  Log log(6);
  SUBCASE("changed") {
    log.rows[2].detail = "{}";
    check_fault(log.verify(), 3, Kind::changed);
  }
  SUBCASE("changed, and its own hash made to fit") {
    log.rows[2].detail = "{}";
    log.rehash(2);
    check_fault(log.verify(), 4, Kind::unlinked);
  }
  SUBCASE("removed") {
    log.rows.erase(log.rows.begin() + 2);
    check_fault(log.verify(), 3, Kind::missing);
  }
  SUBCASE("removed, and the others moved up") {
    log.rows.erase(log.rows.begin() + 2);
    for (std::size_t i = 2; i < log.rows.size(); ++i) log.rows[i].seq = static_cast<std::int64_t>(i) + 1;
    check_fault(log.verify(), 3, Kind::unlinked);
  }
  SUBCASE("exchanged") {
    std::swap(log.rows[2], log.rows[3]);
    std::swap(log.rows[2].seq, log.rows[3].seq);
    check_fault(log.verify(), 3, Kind::unlinked);
  }
  SUBCASE("slipped in") {
    auto row = log.rows[2];
    row.seq = 4;
    row.prev_hash = log.rows[2].hash;
    for (std::size_t i = 3; i < log.rows.size(); ++i) ++log.rows[i].seq;
    log.rows.insert(log.rows.begin() + 3, row);
    log.rehash(3);
    check_fault(log.verify(), 5, Kind::unlinked);
  }
  SUBCASE("a forgotten address") {
    log.rows[2].address.reset();
    CHECK_FALSE(log.verify());
  }
}

TEST_CASE("only an anchor tells of a log that was cut off, or written anew") {
  Log log(6);
  const std::vector anchors{log.anchor(5)};
  SUBCASE("at its end") {
    log.rows.resize(4);
    CHECK_FALSE(log.verify());
    check_fault(log.verify(anchors), 5, Kind::missing);
    log.rows.clear();
    CHECK_FALSE(log.verify());
    check_fault(log.verify(anchors), 1, Kind::missing);
  }
  SUBCASE("anew") {
    log.rows[1].action = "user.enabled";
    log.rehash(1);
    for (std::size_t i = 2; i < log.rows.size(); ++i) {
      log.rows[i].prev_hash = log.rows[i - 1].hash;
      log.rehash(i);
    }
    CHECK_FALSE(log.verify());
    check_fault(log.verify(anchors), 5, Kind::unexpected);
  }
  SUBCASE("at its head: it has to begin behind an anchor") {
    const auto head = log.anchor(2);
    log.rows.erase(log.rows.begin(), log.rows.begin() + 2);
    check_fault(log.verify(), 1, Kind::missing);
    check_fault(log.verify(anchors), 1, Kind::missing);
    CHECK_FALSE(log.verify({head, anchors[0]}));
    check_fault(log.verify({AuditAnchor{2, std::string(32, 'x')}}), 3, Kind::unlinked);
  }
}

TEST_CASE("after the first row that does not fit no other is looked at") {
  Log log(3);
  AuditChain chain;
  CHECK(chain.add(log.rows[0]));
  CHECK_FALSE(chain.add(log.rows[2]));
  CHECK_FALSE(chain.add(log.rows[1]));
  CHECK(chain.count() == 1);
  CHECK(chain.last().seq == 1);
}

TEST_CASE("an anchor as text") {
  const auto text = "41:" + std::string(62, '0') + "aF";
  const auto anchor = AuditAnchor::parse(text);
  REQUIRE(anchor);
  CHECK(anchor->seq == 41);
  CHECK(anchor->str() == "41:" + std::string(62, '0') + "af");
  const std::string digits(64, '1');
  for (const auto& bad : {std::string(), std::string("41"), std::string("41:"), ":" + digits, "-1:" + digits,
                          "41:" + digits + "1", "41:" + digits + "11", "x:" + digits, "41 :" + digits,
                          "99999999999999999999:" + digits, "41:" + std::string(64, 'x')})
    CHECK_FALSE(AuditAnchor::parse(bad));
}

TEST_CASE("an entry as CSV: nulls are empty, nothing is a formula") {
  auto row = first_row();
  row.hash = row.prev_hash;
  row.target_id = "=1+1";
  std::string out;
  append_audit_csv_header(out);
  append_audit_csv(out, row);
  const std::string zeros(64, '0');
  CHECK(out ==
        "seq,at,actor_kind,actor_id,action,target_kind,target_id,request_id,address,outcome,detail,prev_hash,hash\r\n"
        "1,2026-11-20T21:05:00.123Z,admin,0192f0aa-3b1c-7d2e-8f00-0123456789ab,user.disabled,user,\"'=1+1\",,192.0.2.1,"
        "done,\"{\"\"why\"\": \"\"spam\"\"}\"," +
            zeros + "," + zeros + "\r\n");
}
