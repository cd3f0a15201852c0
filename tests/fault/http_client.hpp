#pragma once
// One request over HTTP, by libcurl: another make than ours.

#include <map>
#include <string>

namespace epicura::tests {

struct HttpAnswer {
  long status = 0;  // 0: no answer, `error` says why
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string error;
  bool has(const std::string& header) const { return headers.count(header) != 0; }
};

HttpAnswer http_get(const std::string& url, const std::string& token = {});
HttpAnswer http_post(const std::string& url, const std::string& body, const std::string& token = {});

}  // namespace epicura::tests
