#pragma once
// A Response as bytes: status line, the front end's own header fields, the handler's, the body.

#include <chrono>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace epicura::http {

// What of the request shapes its answer.
struct AnswerForm {
  std::string request_id;
  std::string client_request_id;  // empty: none to echo
  bool head_only = false;         // HEAD
  bool close = false;             // say so; who writes the answer closes
  bool gzip = false;              // the client takes it
  bool vary_origin = false;       // other origins get other answers
  std::string allow_origin = {};  // the page that may read the answer; empty: none
  // For the record.
  std::string method = {};  // cut short
  const Route* route = nullptr;
  std::chrono::steady_clock::time_point received{};
};

struct Outgoing {
  std::string head;  // with the body behind it if that is short
  std::string body;
  std::string_view lasting_body;  // in its place: nobody's to free
  int status = 0;
  bool close = false;
  const Route* route = nullptr;
  std::chrono::steady_clock::time_point received{};

  std::string_view rest() const { return lasting_body.empty() ? std::string_view(body) : lasting_body; }
};

// Any thread. What the client takes and is worth it is compressed here: on the thread that answers. Header fields that
// would break the head apart (control characters) are left out.
Outgoing serialize(const AnswerForm& form, Response response);

}  // namespace epicura::http
