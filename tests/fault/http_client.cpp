#include "tests/fault/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace epicura::tests {
namespace {

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* to) {
  std::string line(bytes, size * count);
  const auto colon = line.find(':');
  if (colon == std::string::npos) return line.size();
  std::string name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto begin = std::min(line.find_first_not_of(' ', colon + 1), line.size());
  const auto end = line.find_last_not_of("\r\n ") + 1;
  (*static_cast<std::map<std::string, std::string>*>(to))[name] = end > begin ? line.substr(begin, end - begin) : "";
  return line.size();
}

HttpAnswer perform(const std::string& url, const std::string* body, const std::string& token) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  HttpAnswer answer;
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  if (!token.empty()) headers = curl_slist_append(headers, ("Authorization: Bearer " + token).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer.headers);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->data());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  curl_slist_free_all(headers);
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  if (code != CURLE_OK) answer.error = curl_easy_strerror(code);
  return answer;
}

}  // namespace

HttpAnswer http_get(const std::string& url, const std::string& token) {
  return perform(url, nullptr, token);
}
HttpAnswer http_post(const std::string& url, const std::string& body, const std::string& token) {
  return perform(url, &body, token);
}

}  // namespace epicura::tests
