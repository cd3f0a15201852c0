#include "tests/proxy/streams.hpp"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <list>

namespace epicura::proxy::test {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t body_size = 100'000;

struct Stream {
  std::unique_ptr<CURL, void (*)(CURL*)> curl{curl_easy_init(), curl_easy_cleanup};
  curl_slist* fields = nullptr;
  std::string url;
  std::string id;
  std::string body;
  std::string own_id;  // X-Client-Request-Id of the answer
  std::size_t sent = 0;
  std::size_t cut_after_sent = SIZE_MAX;      // bytes of the request's body
  std::size_t cut_after_received = SIZE_MAX;  // bytes of the answer's body
  steady_clock::time_point cut_at = steady_clock::time_point::max();
  bool rude = false;

  Stream() = default;
  ~Stream() {
    curl.reset();
    curl_slist_free_all(fields);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& stream = *static_cast<Stream*>(to);
  stream.body.append(bytes, size * count);
  return stream.body.size() >= stream.cut_after_received ? 0 : size * count;
}

std::size_t take_field(char* bytes, std::size_t size, std::size_t count, void* to) {
  constexpr std::string_view wanted = "x-client-request-id: ";
  std::string_view line(bytes, size * count);
  if (line.starts_with(wanted)) {
    line.remove_prefix(wanted.size());
    static_cast<Stream*>(to)->own_id = line.substr(0, line.find('\r'));
  }
  return size * count;
}

std::size_t give_body(char* to, std::size_t size, std::size_t count, void* from) {
  auto& stream = *static_cast<Stream*>(from);
  if (stream.sent >= stream.cut_after_sent) return CURL_READFUNC_ABORT;
  const auto now = std::min({size * count, body_size - stream.sent, std::size_t{8'000}});
  std::fill_n(to, now, 'b');
  stream.sent += now;
  return now;
}

// A body is sent again when the server has closed the connection to further streams before this one (GOAWAY).
int rewind_body(void* of, curl_off_t offset, int) {
  static_cast<Stream*>(of)->sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::unique_ptr<Stream> make_stream(const Nginx& nginx, int number, int rude_one_in, std::mt19937& random) {
  auto stream = std::make_unique<Stream>();
  CURL* const curl = stream->curl.get();
  stream->id = id_of(static_cast<Pace>(random() % 3), 7, number);
  stream->url = nginx.url("/api/devices/" + stream->id);
  stream->fields = curl_slist_append(nullptr, ("X-Request-Id: " + stream->id).c_str());
  const bool with_body = random() % 3 == 0;
  if (with_body) {
    stream->url += "/telemetry";
    stream->fields = curl_slist_append(stream->fields, "Expect:");
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_size));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, stream.get());
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, stream.get());
  }
  stream->rude = static_cast<int>(random()) % rude_one_in == 0;
  if (stream->rude) {
    const auto mood = random() % 3;
    if (mood == 0 && with_body) {
      stream->cut_after_sent = random() % body_size;
    } else if (mood == 1) {
      stream->cut_after_received = 1 + random() % 200'000;
    } else {
      stream->cut_at = steady_clock::now() + std::chrono::microseconds(random() % 20'000);
    }
  }
  curl_easy_setopt(curl, CURLOPT_URL, stream->url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, stream->fields);
  curl_easy_setopt(curl, CURLOPT_CAINFO, nginx.certificate().c_str());
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, stream.get());
  curl_easy_setopt(curl, CURLOPT_PRIVATE, stream.get());
  return stream;
}

// An end that the client did not bring about itself is an answer, right or wrong, or the lack of one.
void judge(const Stream& stream, CURLcode code, StreamsSeen& seen) {
  long status = 0;
  curl_easy_getinfo(stream.curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK) {
    ++(status == 200 && stream.own_id == stream.id && is_for(stream.id, stream.body) ? seen.right : seen.wrong);
  } else if (stream.rude && (code == CURLE_WRITE_ERROR || code == CURLE_ABORTED_BY_CALLBACK)) {
    ++seen.cut;
  } else {
    ++seen.lost;
    MESSAGE(stream.url << ": " << std::string(curl_easy_strerror(code)));
  }
}

}  // namespace

StreamsSeen run_streams(const Nginx& nginx, const StreamPlan& plan) {
  StreamsSeen seen;
  std::mt19937 random(11);
  std::list<std::unique_ptr<Stream>> running;
  const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(), curl_multi_cleanup);
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 2L);
  const auto drop = [&](auto at) {
    long opened = 0;
    curl_easy_getinfo((*at)->curl.get(), CURLINFO_NUM_CONNECTS, &opened);
    seen.connections += static_cast<int>(opened);
    curl_multi_remove_handle(multi.get(), (*at)->curl.get());
    return running.erase(at);
  };

  for (int made = 0; made < plan.total || !running.empty();) {
    while (made < plan.total && static_cast<int>(running.size()) < plan.at_once) {
      running.push_back(make_stream(nginx, made++, plan.rude_one_in, random));
      curl_multi_add_handle(multi.get(), running.back()->curl.get());
    }
    int still = 0;
    curl_multi_perform(multi.get(), &still);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi.get(), &left)) {
      Stream* done = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &done);
      judge(*done, message->data.result, seen);
      drop(std::find_if(running.begin(), running.end(), [&](const auto& stream) { return stream.get() == done; }));
    }
    for (auto at = running.begin(); at != running.end();) {
      if ((*at)->cut_at > steady_clock::now()) {
        ++at;
        continue;
      }
      ++seen.cut;
      at = drop(at);
    }
    curl_multi_poll(multi.get(), nullptr, 0, 2, nullptr);
  }
  return seen;
}

}  // namespace epicura::proxy::test
