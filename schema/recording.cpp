#include "schema/recording.hpp"

#include <array>
#include <charconv>

#include "schema/base64.hpp"
#include "schema/bounded_json.hpp"
#include "schema/json_text.hpp"

namespace epicura {
namespace {

// -- writing

// Can it stand in a line as it is? Depth is bounded for whoever parses the line with a common library.
bool stands_in_a_line(std::string_view payload) {
  // Around the payload blanks would be taken for the line's own. A byte order mark, which the parser passes over, makes
  // a line that is no JSON.
  constexpr std::string_view blanks = " \t\xef";
  return !payload.empty() && blanks.find(payload.front()) == std::string_view::npos &&
         blanks.find(payload.back()) == std::string_view::npos &&
         payload.find_first_of("\n\r") == std::string_view::npos &&
         !parse_json(payload, std::string_view::npos).refused;
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) {
    if (out.size() > 1) out += ',';
    append_json_string(out, text);
  }
  return out += ']';
}

std::string hex(std::uint32_t number) {
  std::string out(8, '0');
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 8; i-- > 0; number >>= 4) out[i] = digits[number & 15];
  return out;
}

// -- reading: the members of one object as pieces of its text, so that a payload keeps its bytes

struct Member {
  std::string_view name;   // as written, between its quotes
  std::string_view value;  // as written
};

class Members {
 public:
  explicit Members(std::string_view text) : text_(text) {}

  // False: not one well-formed object at its own level.
  bool read(std::vector<Member>& out) {
    out.clear();
    skip_blanks();
    if (!take('{')) return false;
    skip_blanks();
    if (take('}')) return ended();
    while (true) {
      Member member;
      skip_blanks();
      if (!take_string(member.name)) return false;
      member.name = member.name.substr(1, member.name.size() - 2);
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
      if (!take_value(member.value)) return false;
      out.push_back(member);
      skip_blanks();
      if (take('}')) return ended();
      if (!take(',')) return false;
    }
  }

 private:
  bool more() const { return at_ < text_.size(); }
  bool take(char wanted) {
    if (!more() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (more() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  bool ended() {
    skip_blanks();
    return !more();
  }
  bool take_string(std::string_view& out) {
    const std::size_t from = at_;
    if (!take('"')) return false;
    while (more()) {
      const char c = text_[at_++];
      if (c == '\\') {
        if (!more()) return false;
        ++at_;
      } else if (c == '"') {
        out = text_.substr(from, at_ - from);
        return true;
      }
    }
    return false;
  }
  bool take_value(std::string_view& out) {
    const std::size_t from = at_;
    if (!more()) return false;
    if (text_[at_] == '"') return take_string(out);
    std::string_view ignored;
    std::size_t open = 0;
    while (more()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!take_string(ignored)) return false;
        continue;
      }
      if (open == 0 && (c == ',' || c == '}' || c == ' ' || c == '\t' || c == '\r')) break;
      if (c == '{' || c == '[') ++open;
      if (c == '}' || c == ']') {
        if (open == 0) return false;
        --open;
      }
      ++at_;
      if (open == 0 && (c == '}' || c == ']')) break;
    }
    out = text_.substr(from, at_ - from);
    return open == 0 && !out.empty();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool read_text(std::string_view value, std::string& out) {
  if (value.size() < 2 || value.front() != '"') return false;
  const auto inside = value.substr(1, value.size() - 2);
  if (inside.find('\\') == std::string_view::npos) {
    out = inside;
    return true;
  }
  const auto parsed = parse_json(value, std::string_view::npos);
  if (parsed.refused || !parsed.value.is_string()) return false;
  out = parsed.value.get<std::string>();
  return true;
}

bool read_time(std::string_view value, Timestamp& out) {
  if (value.size() < 2 || value.front() != '"') return false;
  const auto time = parse_rfc3339(value.substr(1, value.size() - 2));
  if (time) out = *time;
  return time.has_value();
}

template <class Number>
bool read_number(std::string_view value, Number& out) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return error == std::errc{} && end == value.data() + value.size();
}

bool read_bool(std::string_view value, bool& out) {
  out = value == "true";
  return out || value == "false";
}

bool read_hex(std::string_view value, std::optional<std::uint32_t>& out) {
  std::uint32_t number = 0;
  if (value.size() != 10) return false;
  const auto [end, error] = std::from_chars(value.data() + 1, value.data() + 9, number, 16);
  out = number;
  return error == std::errc{} && end == value.data() + 9;
}

bool read_texts(std::string_view value, std::vector<std::string>& out) {
  const auto parsed = parse_json(value);
  if (parsed.refused || !parsed.value.is_array()) return false;
  for (const auto& text : parsed.value) {
    if (!text.is_string()) return false;
    out.push_back(text.get<std::string>());
  }
  return true;
}

bool read_headers(std::string_view value, std::vector<std::pair<std::string, std::string>>& out) {
  const auto parsed = parse_json(value);
  if (parsed.refused || !parsed.value.is_object()) return false;
  for (const auto& [name, text] : parsed.value.items()) {
    if (!text.is_string()) return false;
    out.emplace_back(name, text.get<std::string>());
  }
  return true;
}

UnreadableLine bad(std::string_view member) {
  return {"its '" + std::string(member) + "' cannot be read"};
}

UnreadableLine unknown(std::string_view member, std::string_view legal) {
  return {"'" + std::string(member) + "' is no member of such a line; legal are " + std::string(legal)};
}

RecordingLine read_message(const std::vector<Member>& members) {
  RecordedMessage out;
  bool timed = false;
  bool loaded = false;
  for (const auto& [name, value] : members) {
    if (name == "at") {
      if (!read_time(value, out.at)) return bad(name);
      timed = true;
    } else if (name == "subject") {
      if (!read_text(value, out.subject) || out.subject.empty()) return bad(name);
    } else if (name == "seq") {
      if (!read_number(value, out.seq.emplace())) return bad(name);
    } else if (name == "headers") {
      if (!read_headers(value, out.headers)) return bad(name);
    } else if (name == "payload" || name == "payload_base64") {
      if (loaded) return UnreadableLine{"it has two payloads"};
      loaded = true;
      if (name == "payload") {
        out.payload = value;
        continue;
      }
      std::string text;
      auto bytes = read_text(value, text) ? from_base64(text) : std::nullopt;
      if (!bytes) return bad(name);
      out.payload = std::move(*bytes);
    } else {
      return unknown(name, "at, seq, subject, headers, payload, payload_base64");
    }
  }
  if (!timed) return UnreadableLine{"it has no 'at'"};
  if (out.subject.empty()) return UnreadableLine{"it has no 'subject'"};
  if (!loaded) return UnreadableLine{"it has no 'payload'"};
  return out;
}

RecordingLine read_head(const std::vector<Member>& members) {
  RecordingHead out;
  for (const auto& [name, value] : members) {
    int format = 0;
    bool read = true;
    if (name == "epicura_recording") {
      if (!read_number(value, format)) return bad(name);
      if (format != recording_format)
        return UnreadableLine{"it is of format " + std::to_string(format) + ", and this program reads format " +
                              std::to_string(recording_format)};
    } else if (name == "id") {
      read = read_text(value, out.id);
    } else if (name == "part") {
      read = read_number(value, out.part) && out.part > 0;
    } else if (name == "begun_at") {
      read = read_time(value, out.begun_at);
    } else if (name == "source") {
      read = read_text(value, out.source);
    } else if (name == "subjects") {
      read = read_texts(value, out.subjects);
    } else {
      return unknown(name, "epicura_recording, id, part, begun_at, source, subjects");
    }
    if (!read) return bad(name);
  }
  return out;
}

RecordingLine read_gap(std::string_view text) {
  std::vector<Member> members;
  if (!Members(text).read(members)) return bad("gap");
  RecordingGap out;
  for (const auto& [name, value] : members) {
    const bool read = name == "from" ? read_time(value, out.from)
                      : name == "to" ? read_time(value, out.to)
                                     : name == "why" && read_text(value, out.why);
    if (!read) return bad("gap");
  }
  return out;
}

RecordingLine read_seal(const std::vector<Member>& members) {
  RecordingSeal out;
  for (const auto& [name, value] : members) {
    bool read = false;
    if (name == "messages") {
      read = read_number(value, out.messages);
    } else if (name == "gaps") {
      read = read_number(value, out.gaps);
    } else if (name == "last") {
      read = read_bool(value, out.last);
    } else if (name == "crc32") {
      read = read_hex(value, out.crc32);
    } else {
      return unknown(name, "messages, gaps, last, crc32");
    }
    if (!read) return bad(name);
  }
  return out;
}

}  // namespace

std::string encode_line(const RecordingHead& head) {
  JsonText line(256);
  line.add("epicura_recording", std::int64_t{recording_format});
  if (!head.id.empty()) line.add("id", head.id);
  line.add("part", static_cast<std::int64_t>(head.part)).add("begun_at", format_rfc3339(head.begun_at));
  line.add("source", head.source).raw("subjects", list_of(head.subjects));
  return std::move(line).take() + '\n';
}

std::string encode_line(const RecordedMessage& message) {
  JsonText line(message.payload.size() + message.subject.size() + 96);
  line.add("at", format_rfc3339(message.at));
  if (message.seq) line.raw("seq", std::to_string(*message.seq));
  line.add("subject", message.subject);
  if (!message.headers.empty()) {
    JsonText headers(128);
    for (const auto& [name, value] : message.headers) {
      std::string quoted;
      append_json_string(quoted, name);
      headers.add(std::string_view(quoted).substr(1, quoted.size() - 2), value);
    }
    line.raw("headers", std::move(headers).take());
  }
  if (stands_in_a_line(message.payload)) {
    line.raw("payload", message.payload);
  } else {
    line.add("payload_base64", base64(message.payload));
  }
  return std::move(line).take() + '\n';
}

std::string encode_line(const RecordingGap& gap) {
  JsonText inside(160);
  inside.add("from", format_rfc3339(gap.from)).add("to", format_rfc3339(gap.to)).add("why", gap.why);
  return std::move(JsonText(192).raw("gap", std::move(inside).take())).take() + '\n';
}

std::string encode_line(const RecordingSeal& seal) {
  JsonText line(128);
  line.raw("messages", std::to_string(seal.messages)).raw("gaps", std::to_string(seal.gaps));
  line.raw("last", seal.last ? "true" : "false");
  if (seal.crc32) line.add("crc32", hex(*seal.crc32));
  return std::move(line).take() + '\n';
}

RecordingLine parse_recording_line(std::string_view line) {
  thread_local std::vector<Member> members;  // its memory, line after line
  if (!Members(line).read(members) || members.empty()) return UnreadableLine{"it is no whole JSON object"};
  for (const auto& [name, value] : members) {
    if (name == "subject") return read_message(members);
    if (name == "epicura_recording") return read_head(members);
    if (name == "messages") return read_seal(members);
    if (name == "gap") return members.size() == 1 ? read_gap(value) : RecordingLine{bad("gap")};
  }
  return UnreadableLine{"it has no 'subject'"};
}

}  // namespace epicura
