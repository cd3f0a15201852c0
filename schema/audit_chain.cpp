#include "schema/audit_chain.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "schema/hexadecimal.hpp"

namespace epicura {

namespace {

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

void append_field(std::string& out, std::optional<std::string_view> field) {
  out += big_endian(field ? field->size() : ~std::uint64_t{0}, 4);
  if (field) out += *field;
}

}  // namespace

std::string audit_hash(const AuditRow& row) {
  std::string text(row.prev_hash);
  append_field(text, big_endian(static_cast<std::uint64_t>(row.seq), 8));
  append_field(text, big_endian(static_cast<std::uint64_t>(row.at.time_since_epoch().count()), 8));
  append_field(text, row.actor_kind);
  std::optional<std::string_view> actor_id;
  if (row.actor_id) actor_id.emplace(reinterpret_cast<const char*>(row.actor_id->bytes.data()), 16);
  append_field(text, actor_id);
  append_field(text, row.action);
  append_field(text, row.target_kind);
  append_field(text, row.target_id);
  append_field(text, row.request_id);
  append_field(text, row.outcome);
  append_field(text, row.detail);
  std::string hash(32, '\0');
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr, EVP_sha256(),
                 nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot make a SHA-256");
  return hash;
}

std::optional<AuditAnchor> AuditAnchor::parse(std::string_view text) {
  AuditAnchor anchor;
  const auto* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, anchor.seq);
  if (code != std::errc{} || anchor.seq < 0 || stop == end || *stop != ':') return std::nullopt;
  const auto hash = from_hexadecimal({stop + 1, static_cast<std::size_t>(end - stop - 1)});
  if (!hash || hash->size() != anchor.hash.size()) return std::nullopt;
  anchor.hash = *hash;
  return anchor;
}

std::string AuditAnchor::str() const {
  return fmt::format("{}:{}", seq, hexadecimal(hash));
}

std::string AuditFault::sentence() const {
  switch (kind) {
    case Kind::missing:
      return fmt::format("entry {} is missing", seq);
    case Kind::unlinked:
      return fmt::format("entry {} does not follow the one before it", seq);
    case Kind::changed:
      return fmt::format("entry {} is not what was written", seq);
    case Kind::unexpected:
      return fmt::format("entry {} is not the one that was expected", seq);
  }
  return {};
}

AuditChain::AuditChain(std::vector<AuditAnchor> anchors) : anchors_(std::move(anchors)) {
  anchors_.push_back({});
}

const AuditAnchor* AuditChain::anchor_at(std::int64_t seq) const {
  const auto found = std::find_if(anchors_.begin(), anchors_.end(), [seq](const auto& a) { return a.seq == seq; });
  return found == anchors_.end() ? nullptr : &*found;
}

bool AuditChain::add(const AuditRow& row) {
  if (fault_) return false;
  if (count_ == 0) {
    if (const auto* before = anchor_at(row.seq - 1)) last_ = *before;
  }
  fault_ = look(row);
  if (fault_) return false;
  ++count_;
  last_ = {row.seq, std::string(row.hash)};
  return true;
}

std::optional<AuditFault> AuditChain::look(const AuditRow& row) const {
  if (row.seq != last_.seq + 1) return AuditFault{last_.seq + 1, AuditFault::Kind::missing};
  if (row.prev_hash != last_.hash) return AuditFault{row.seq, AuditFault::Kind::unlinked};
  if (row.hash != audit_hash(row)) return AuditFault{row.seq, AuditFault::Kind::changed};
  const bool expected = std::all_of(anchors_.begin(), anchors_.end(),
                                    [&](const auto& a) { return a.seq != row.seq || a.hash == row.hash; });
  if (!expected) return AuditFault{row.seq, AuditFault::Kind::unexpected};
  return std::nullopt;
}

std::optional<AuditFault> AuditChain::finish() {
  const bool reached = std::all_of(anchors_.begin(), anchors_.end(), [&](const auto& a) { return a.seq <= last_.seq; });
  if (!fault_ && !reached) fault_ = AuditFault{last_.seq + 1, AuditFault::Kind::missing};
  return fault_;
}

}  // namespace epicura
