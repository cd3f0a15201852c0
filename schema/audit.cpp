#include "schema/audit.hpp"

namespace epicura {

std::string_view to_text(AuditActor actor) {
  switch (actor) {
    case AuditActor::nobody:
      return "nobody";
    case AuditActor::user:
      return "user";
    case AuditActor::admin:
      return "admin";
    case AuditActor::device:
      return "device";
    case AuditActor::api_key:
      return "api_key";
    case AuditActor::system:
      return "system";
    case AuditActor::operator_:
      return "operator";
  }
  return {};
}

std::string_view to_text(AuditOutcome outcome) {
  switch (outcome) {
    case AuditOutcome::done:
      return "done";
    case AuditOutcome::denied:
      return "denied";
    case AuditOutcome::failed:
      return "failed";
  }
  return {};
}

}  // namespace epicura
