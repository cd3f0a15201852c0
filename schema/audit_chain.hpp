#pragma once
// The audit log's chain of hashes, computed here independently of the database that made it.
//
// The hashes have no key: who can change the table and its triggers can also compute a whole new chain, or cut off the
// newest entries. Against that there are anchors: the number and hash of an entry, noted elsewhere, fix all before it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

// A row of audit_log. The views live as long as what it was read from.
struct AuditRow {
  std::int64_t seq = 0;
  StoredTime at;
  std::string_view actor_kind;
  std::optional<Uuid> actor_id;
  std::string_view action;
  std::optional<std::string_view> target_kind;
  std::optional<std::string_view> target_id;
  std::optional<std::string_view> request_id;
  std::optional<std::string_view> address;  // not part of the hash
  std::string_view outcome;
  std::string_view detail;  // JSON as PostgreSQL writes a jsonb
  std::string_view prev_hash;
  std::string_view hash;
};

// 32 bytes: the SHA-256 over the row's prev_hash and its columns but `address` and `hash`, in the form that
// schema/migrations/0007_audit_log.sql describes.
std::string audit_hash(const AuditRow& row);

// "41:9f86d081...", a number from 0 and 64 hexadecimal digits. 0 is what row 1 follows: 32 zero bytes.
struct AuditAnchor {
  std::int64_t seq = 0;
  std::string hash = std::string(32, '\0');

  static std::optional<AuditAnchor> parse(std::string_view text);
  std::string str() const;
};

struct AuditFault {
  enum class Kind {
    missing,     // there is no such entry
    unlinked,    // it does not follow the one before it
    changed,     // it is not what was written
    unexpected,  // the chain fits, but the anchor is another
  };
  std::int64_t seq;  // the first that does not fit
  Kind kind;

  std::string sentence() const;
};

// Follows a log from its oldest row to its newest.
class AuditChain {
 public:
  // The log may begin behind entry 0 or behind one of the anchors (its head was put into an archive), nowhere else; it
  // must reach the last anchor, and agree with all that it passes.
  explicit AuditChain(std::vector<AuditAnchor> anchors = {});

  // In the order of seq. False: this row or one before it does not fit; no more rows are looked at.
  bool add(const AuditRow& row);
  // When there are no more rows; absent: the log is whole.
  std::optional<AuditFault> finish();

  std::int64_t count() const { return count_; }
  const AuditAnchor& last() const { return last_; }  // of the rows that fitted

 private:
  std::optional<AuditFault> look(const AuditRow& row) const;
  const AuditAnchor* anchor_at(std::int64_t seq) const;

  std::vector<AuditAnchor> anchors_;
  AuditAnchor last_;
  std::int64_t count_ = 0;
  std::optional<AuditFault> fault_;
};

}  // namespace epicura
