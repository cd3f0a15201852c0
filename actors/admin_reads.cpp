#include "actors/admin_reads.hpp"

#include "schema/bounded_json.hpp"

namespace epicura {

bool AdminReads::count(const Read& read, Moment now) {
  const std::scoped_lock lock(mutex_);
  const auto found = minutes_.find(read);
  if (found == minutes_.end() || found->second.until <= now) return false;
  ++found->second.times;
  return true;
}

void AdminReads::begin(const Read& read, Moment now) {
  const std::scoped_lock lock(mutex_);
  if (minutes_.size() >= most && !minutes_.contains(read)) return;
  minutes_[read].until = now + minute;  // what was counted in the last minute, and not taken yet, stays counted
}

std::vector<AdminReads::Counted> AdminReads::take_ended(Moment now) {
  std::vector<Counted> out;
  const std::scoped_lock lock(mutex_);
  for (auto at = minutes_.begin(); at != minutes_.end();) {
    if (at->second.until > now) {
      ++at;
      continue;
    }
    if (at->second.times > 0) out.push_back({at->first, at->second.times});
    at = minutes_.erase(at);
  }
  return out;
}

void AdminReads::put_back(const Counted& counted, Moment now) {
  const std::scoped_lock lock(mutex_);
  auto& in_minute = minutes_[counted.read];
  in_minute.until = std::max(in_minute.until, now);
  in_minute.times += counted.times;
}

AuditEntry entry_of(const AdminReads::Read& read, std::uint64_t more) {
  AuditEntry entry;
  entry.actor = AuditActor::admin;
  entry.actor_id = read.admin;
  entry.action = "device.read";
  entry.target_kind = "device";
  entry.target_id = read.device.str();
  Json detail{{"route", read.route}};
  if (more > 0) detail["more"] = more;
  entry.detail = dump_json(detail);
  return entry;
}

}  // namespace epicura
