#include "actors/cli/registration.hpp"

#include <curl/curl.h>

#include <cstdio>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "actors/cli/kitchen_file.hpp"
#include "schema/bounded_json.hpp"

namespace epicura::cli {
namespace {

constexpr int most_tries = 30;  // of one device, a second apart, while the API asks for patience
constexpr std::size_t most_answer_bytes = std::size_t{64} << 10;

struct Answer {
  long status = 0;  // 0: none
  std::string body;
  std::string error;
};

size_t take_body(char* bytes, size_t size, size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > most_answer_bytes) return 0;
  body.append(bytes, size * count);
  return size * count;
}

// One connection, kept open.
class Client {
 public:
  explicit Client(std::string url) : url_(std::move(url)), curl_(curl_easy_init(), curl_easy_cleanup) {}

  Answer post(const std::string& body, const std::string& token) {
    Answer answer;
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    if (!token.empty()) headers = curl_slist_append(headers, ("Authorization: Bearer " + token).c_str());
    char error[CURL_ERROR_SIZE] = "";
    curl_easy_reset(curl_.get());  // options only: the connection stays
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl_.get(), CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl_.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_.get(), CURLOPT_NOPROXY, "*");  // a proxy of the environment is not for these
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_slist_free_all(headers);
    if (code == CURLE_OK) {
      curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    } else {
      answer.error = error[0] != '\0' ? error : curl_easy_strerror(code);
    }
    return answer;
  }

 private:
  std::string url_;
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
};

std::string token_of(const std::string& body) {
  const ParsedJson parsed = parse_json(body);
  if (parsed.refused || !parsed.value.is_object()) return {};
  const auto found = parsed.value.find("device_token");
  return found != parsed.value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool refused(const std::string& why) {
  fmt::print(stderr, "epicura simulate: a device cannot register: {}\n", why);
  return false;
}

}  // namespace

bool register_devices(const std::string& url, std::vector<KitchenDevice>& devices, const std::string& firmware,
                      const std::atomic<bool>& stop) {
  Client client(url + "/api/v1/devices/register");
  for (KitchenDevice& device : devices) {
    for (int tries = 1; !stop; ++tries) {
      const Json body{{"device_id", device.id.str()}, {"firmware_version", firmware}, {"model", "simulated"}};
      const Answer answer = client.post(dump_json(body), device.token);
      if (answer.status == 200 || answer.status == 201) {
        device.token = token_of(answer.body);
        if (device.token.empty()) return refused("the answer holds no device_token");
        break;
      }
      const bool lost_token = answer.status == 401 && !device.token.empty();  // signed with another secret
      const bool known = answer.status == 409;
      const bool later = answer.status == 429 || answer.status >= 500;
      if (lost_token) {
        device.token.clear();
      } else if (known) {
        device = new_device();
      } else if (!later) {
        return refused(answer.status == 0 ? url + ": " + answer.error
                                          : fmt::format("status {}: {}", answer.status, answer.body));
      }
      if (tries == most_tries) return refused(fmt::format("status {} again and again", answer.status));
      if (later) std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }
  return true;
}

}  // namespace epicura::cli
