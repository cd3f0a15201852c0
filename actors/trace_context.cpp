#include "actors/trace_context.hpp"

#include "bus/subjects.hpp"

namespace epicura {

// "00-<trace id>-<parent id>-<flags>" of a version that may be later than the one we write.
std::vector<std::pair<std::string, std::string>> trace_headers(const http::Request& request) {
  constexpr std::size_t trace_at = 3, trace_length = 32, flags_at = 53, flags_length = 2, id_length = 16;
  const auto& from = request.traceparent;
  if (from.empty() || request.request_id.size() < id_length) return {};
  std::string parent;
  for (const char c : request.request_id) {
    if (c != '-') parent += c;
  }
  return {{bus::traceparent_header, "00-" + from.substr(trace_at, trace_length) + "-" +
                                        parent.substr(parent.size() - id_length) + "-" +
                                        from.substr(flags_at, flags_length)},
          {bus::request_id_header, request.request_id}};
}

}  // namespace epicura
