#include "schema/telemetry_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "schema/metric.hpp"
#include "schema/telemetry_codec.hpp"

namespace epicura {
namespace {

constexpr std::size_t most_values = 32;  // of one element: more are not usual

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads JSON from the front. What it cannot read leaves it broken, and then everything else fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool broken() const { return broken_; }

  // White space, then this.
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) broken_ = true;
  }
  bool at_end() { return peek() == '\0' && at_ == end_ && !broken_; }

  // Of ASCII without escapes.
  std::string_view text() {
    expect('"');
    const char* const begin = at_;
    while (at_ != end_ && *at_ >= ' ' && *at_ < '\x7f' && *at_ != '"' && *at_ != '\\') ++at_;
    const std::string_view out(begin, static_cast<std::size_t>(at_ - begin));
    if (at_ == end_ || *at_ != '"') {
      broken_ = true;
      return {};
    }
    ++at_;
    return out;
  }

  double number() {
    const auto digits = number_text().first;
    double out = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (code != std::errc{} || stop != digits.data() + digits.size() || !std::isfinite(out)) broken_ = true;
    return out;
  }

  // From 0 on, below 2^63.
  std::int64_t whole_number() {
    const auto [digits, whole] = number_text();
    std::int64_t out = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (!whole || code != std::errc{} || out < 0 || digits.starts_with('-')) broken_ = true;
    return out;
  }

  bool at_text() { return peek() == '"'; }

  // { "name": value, ... }: `value(name)` reads one.
  template <class Value>
  void object(Value&& value) {
    expect('{');
    if (take('}')) return;
    do {
      const auto name = text();
      expect(':');
      if (!broken_) value(name);
      if (broken_) return;
    } while (take(','));
    expect('}');
  }

 private:
  char peek() {
    if (broken_) return '\0';
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  bool digits() {
    const char* const begin = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != begin;
  }
  // A number as RFC 8259 has it, and whether it is written as a whole one.
  std::pair<std::string_view, bool> number_text() {
    peek();
    const char* const begin = at_;
    bool whole = true;
    if (at_ != end_ && *at_ == '-') ++at_;
    const char* const first = at_;
    if (!digits() || (*first == '0' && at_ - first > 1)) broken_ = true;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      whole = false;
      if (!digits()) broken_ = true;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      whole = false;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) broken_ = true;
    }
    return {{begin, static_cast<std::size_t>(at_ - begin)}, whole};
  }

  const char* at_;
  const char* const end_;
  bool broken_ = false;
};

template <class T>
using Named = std::vector<std::pair<std::string_view, T>>;

template <class T>
const T* find(const Named<T>& named, std::string_view name) {
  const auto found = std::find_if(named.begin(), named.end(), [name](const auto& one) { return one.first == name; });
  return found == named.end() ? nullptr : &found->second;
}

struct Element {
  std::optional<Timestamp> ts;
  std::optional<std::string_view> metric;
  std::optional<double> value;
  std::optional<std::string_view> unit;
  std::optional<std::int64_t> seq;
  std::optional<Uuid> session_id;
  Named<double> values;
  Named<std::string_view> units;

  // Each field once. False: not usual.
  bool read(Scanner& scan) {
    bool usual = true;
    const auto once = [&usual](auto& field, auto given) {
      if (field) usual = false;
      field = given;
      if (!field) usual = false;
    };
    scan.object([&](std::string_view name) {
      if (name == "ts") {
        once(ts, time(scan));
      } else if (name == "value") {
        once(value, std::optional(scan.number()));
      } else if (name == "values") {
        usual = usual && values.empty();
        read_named(scan, values, usual, [&scan] { return scan.number(); });
      } else if (name == "seq") {
        once(seq, std::optional(scan.whole_number()));
      } else if (name == "metric") {
        once(metric, std::optional(scan.text()));
      } else if (name == "unit") {
        once(unit, std::optional(scan.text()));
      } else if (name == "units") {
        usual = usual && units.empty();
        read_named(scan, units, usual, [&scan] { return scan.text(); });
      } else if (name == "session_id") {
        once(session_id, Uuid::parse(scan.text()));
      } else {
        usual = false;
      }
    });
    return usual && !scan.broken() && ts;
  }

  bool add(std::vector<Reading>& out, std::string_view of, double measured, const std::string_view* in) const {
    if (!is_metric_name(of) || (in != nullptr && !is_unit(*in))) return false;
    out.push_back(
        {std::string(of), measured, *ts, seq.value_or(-1), in != nullptr ? std::string(*in) : "", session_id});
    return true;
  }

 private:
  template <class T, class Read>
  static void read_named(Scanner& scan, Named<T>& out, bool& usual, Read&& read) {
    scan.object([&](std::string_view name) {
      if (out.size() == most_values || find(out, name) != nullptr) usual = false;
      if (!usual) return scan.expect('}');  // in vain: to be over with it
      out.emplace_back(name, read());
    });
    if (out.empty()) usual = false;
  }

  static std::optional<Timestamp> time(Scanner& scan) {
    if (scan.at_text()) return parse_rfc3339(scan.text());
    constexpr std::int64_t year_10000 = 253402300800000;
    const auto ms = scan.whole_number();
    return ms < year_10000 ? std::optional(Timestamp{Millis{ms}}) : std::nullopt;
  }
};

// Those of one element of a device's message.
bool read_element(Scanner& scan, std::string_view metric, Timestamp arrived, std::vector<Reading>& out) {
  Element element;
  if (!element.read(scan) || element.metric || !is_time_kept(*element.ts, arrived)) return false;
  if (!metric.empty()) {
    return element.value && element.values.empty() && element.units.empty() &&
           element.add(out, metric, *element.value, element.unit ? &*element.unit : nullptr);
  }
  if (element.value || element.unit || element.values.empty()) return false;
  for (const auto& [name, value] : element.values) {
    if (!element.add(out, name, value, find(element.units, name))) return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<Reading>> scan_telemetry(std::string_view metric, std::string_view payload,
                                                   Timestamp arrived) {
  if (payload.size() > json_max_bytes) return std::nullopt;
  Scanner scan(payload);
  std::vector<Reading> out;
  const bool many = metric.empty() && scan.take('[');
  do {
    if (!read_element(scan, metric, arrived, out) || out.size() > max_readings) return std::nullopt;
  } while (many && scan.take(','));
  if (many) scan.expect(']');
  return scan.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::vector<Reading>> scan_readings(std::string_view body) {
  if (body.size() > json_max_bytes) return std::nullopt;
  Scanner scan(body);
  std::vector<Reading> out;
  scan.expect('{');
  if (scan.text() != "readings") return std::nullopt;
  scan.expect(':');
  scan.expect('[');
  do {
    Element element;
    if (!element.read(scan) || !element.metric || !element.value || !element.values.empty() || !element.units.empty() ||
        out.size() == max_readings ||
        !element.add(out, *element.metric, *element.value, element.unit ? &*element.unit : nullptr))
      return std::nullopt;
  } while (scan.take(','));
  scan.expect(']');
  scan.expect('}');
  return scan.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace epicura
