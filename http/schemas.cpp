#include "http/schemas.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#define VALIJSON_USE_EXCEPTIONS 1  // else it ends the process
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "http/formats.hpp"
#include "http/pointer.hpp"
#include "schema/ascii.hpp"

namespace epicura::http {

namespace {

using Json = nlohmann::json;
using Schema = nlohmann::ordered_json;

constexpr std::size_t most_errors = 20;
constexpr std::string_view reference_prefix = "#/components/schemas/";

// Our schemas without what is checked here and not by valijson, whose formats and patterns are regular expressions of
// the standard library: they recurse with the text's length. And whose unique items are compared two by two, each pair
// that is alike with an error of its own: a body of 64 KiB is 500 million of them.
Json for_valijson(const Schema& schema) {
  if (schema.is_array()) {
    Json out = Json::array();
    for (const auto& element : schema) out.push_back(for_valijson(element));
    return out;
  }
  if (!schema.is_object()) return Json::parse(schema.dump());
  Json out = Json::object();
  for (const auto& [key, value] : schema.items()) {
    const bool keyword =
        (value.is_string() && (key == "format" || key == "pattern")) || (value.is_boolean() && key == "uniqueItems");
    if (!keyword && key != "examples") out[key] = for_valijson(value);
  }
  return out;
}

bool is_unique(const Json& list) {
  std::set<std::string> met;
  return std::all_of(list.begin(), list.end(), [&met](const Json& item) { return met.insert(item.dump()).second; });
}

std::string quoted(const Schema& list) {
  std::string names;
  for (const auto& [name, ignored] : list.items()) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "there are none here" : "legal are " + names;
}

}  // namespace

struct Schemas::Compiled {
  Schema all = Schema::object();
  std::map<std::string, std::unique_ptr<valijson::Schema>, std::less<>> by_name;

  // The schema behind references.
  const Schema& resolved(const Schema& schema) const {
    const Schema* at = &schema;
    while (at->contains("$ref")) at = &all.at(at->at("$ref").get<std::string>().substr(reference_prefix.size()));
    return *at;
  }
  // Of a member or an element of what `schema` describes; null: it says nothing of it.
  const Schema* below(const Schema& schema, const std::string& step) const {
    const Schema& here = resolved(schema);
    if (here.contains("properties") && here["properties"].contains(step)) return &here["properties"][step];
    if (here.contains("items")) return &here["items"];
    if (here.contains("additionalProperties") && here["additionalProperties"].is_object())
      return &here["additionalProperties"];
    return nullptr;
  }

  void insist_on_checked_words(const Schema& schema) const;
  void normalize(const Schema& schema, Json& value) const;
  void add_formats(const Schema& schema, const Json& value, const std::string& pointer, const std::string& name,
                   std::vector<FieldError>& errors) const;
  void explain(const Schema& root, const Json& value, const std::vector<std::string>& context,
               std::vector<FieldError>& errors) const;
};

// What would be read over in silence must not look like a rule.
void Schemas::Compiled::insist_on_checked_words(const Schema& schema) const {
  if (schema.is_object()) {
    if (schema.contains("$ref") && schema["$ref"].is_string()) {
      const auto reference = schema["$ref"].get<std::string>();
      if (!reference.starts_with(reference_prefix) || !all.contains(reference.substr(reference_prefix.size())))
        throw std::runtime_error(reference + " refers to nothing");
    }
    const bool has_format = schema.contains("format") && schema["format"].is_string();
    if (has_format && !is_format(schema["format"].get<std::string>()))
      throw std::runtime_error("format " + schema["format"].get<std::string>() + " is not known");
    if (schema.contains("pattern") && schema["pattern"].is_string() && !has_format)
      throw std::runtime_error("a pattern is only checked by the format beside it");
  }
  if (schema.is_structured())
    for (const auto& part : schema) insist_on_checked_words(part);
}

void Schemas::Compiled::normalize(const Schema& schema, Json& value) const {
  const Schema& here = resolved(schema);
  if (value.is_string() && here.contains("enum")) {
    const auto given = ascii_lower(value.get_ref<const std::string&>());
    for (const auto& legal : here["enum"])
      if (legal.is_string() && ascii_lower(legal.get_ref<const std::string&>()) == given)
        value = legal.get<std::string>();
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      if (const auto* next = below(here, key)) normalize(*next, member);
  } else if (value.is_array()) {
    for (auto& element : value)
      if (const auto* next = below(here, {})) normalize(*next, element);
  }
}

void Schemas::Compiled::add_formats(const Schema& schema, const Json& value, const std::string& pointer,
                                    const std::string& name, std::vector<FieldError>& errors) const {
  if (errors.size() >= most_errors) return;
  const Schema& here = resolved(schema);
  if (value.is_string() && here.contains("format")) {
    const auto format = here["format"].get<std::string>();
    if (!has_format(format, value.get_ref<const std::string&>()))
      errors.push_back({pointer, std::string(code_of_format(format)), name + " is " + expected(here)});
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      if (const auto* next = below(here, key)) add_formats(*next, member, pointer + pointer_step(key), key, errors);
  } else if (value.is_array()) {
    if (here.value("uniqueItems", false) && !is_unique(value))
      errors.push_back({pointer, "bad_value", name + " names something twice"});
    for (std::size_t i = 0; i < value.size(); ++i)
      if (const auto* next = below(here, {}))
        add_formats(*next, value[i], pointer + "/" + std::to_string(i), name, errors);
  }
}

// valijson says where; what is wrong there is seen from the schema and the value. `context` is "<root>" and then a
// "[name]" or "[index]" for each step.
void Schemas::Compiled::explain(const Schema& root, const Json& value, const std::vector<std::string>& context,
                                std::vector<FieldError>& errors) const {
  const Schema* schema = &root;
  const Json* at = &value;
  std::string pointer;
  std::string name = "the body";
  for (std::size_t i = 1; i < context.size() && schema != nullptr; ++i) {
    const auto step = context[i].substr(1, context[i].size() - 2);
    schema = below(*schema, step);
    if (at->is_array()) {
      at = &at->at(std::stoul(step));
      pointer += "/" + step;
      name += " " + step;
    } else {
      at = &at->at(step);
      pointer += pointer_step(step);
      name = step;
    }
  }
  if (schema == nullptr) return;  // an unknown field: its parent tells of it
  const Schema& here = resolved(*schema);
  const auto before = errors.size();
  bool from_below = false;
  if (at->is_object()) {
    for (const auto& required : here.value("required", Schema::array())) {
      const auto key = required.get<std::string>();
      if (!at->contains(key)) errors.push_back({pointer + pointer_step(key), "missing", key + " is required"});
    }
    const bool closed = here.contains("additionalProperties") && here["additionalProperties"] == false;
    const auto known = here.value("properties", Schema::object());
    for (const auto& [key, ignored] : at->items())
      if (closed && !known.contains(key))
        errors.push_back({pointer + pointer_step(key), "unknown", "unknown field; " + quoted(known)});
  }
  // valijson tells of what is wrong below a second time, at each place above it.
  for (const auto& error : errors) from_below = from_below || error.pointer.starts_with(pointer + "/");
  if (errors.size() == before && !from_below) errors.push_back({pointer, "bad_value", name + " is " + expected(here)});
}

Schemas::Schemas(std::span<const SchemaSource> sources) : compiled_(std::make_unique<Compiled>()) {
  for (const auto& source : sources) {
    auto schema = Schema::parse(source.text, nullptr, false);
    if (!schema.is_object()) throw std::runtime_error("schema " + std::string(source.name) + " is not a JSON object");
    compiled_->all[std::string(source.name)] = std::move(schema);
  }
  Json root{{"components", {{"schemas", for_valijson(compiled_->all)}}}};
  for (const auto& source : sources) {
    const std::string name(source.name);
    try {
      compiled_->insist_on_checked_words(compiled_->all[name]);
      root["$ref"] = std::string(reference_prefix) + name;
      auto compiled = std::make_unique<valijson::Schema>();
      valijson::SchemaParser(valijson::SchemaParser::kDraft7)
          .populateSchema(valijson::adapters::NlohmannJsonAdapter(root), *compiled);
      compiled_->by_name.emplace(name, std::move(compiled));
    } catch (const std::exception& error) {
      throw std::runtime_error("schema " + name + ": " + error.what());
    }
  }
}

Schemas::~Schemas() = default;

bool Schemas::has(std::string_view name) const {
  return compiled_->by_name.count(name) != 0;
}

const Schema& Schemas::all() const {
  return compiled_->all;
}

void Schemas::normalize(std::string_view name, Json& value) const {
  compiled_->normalize(compiled_->all.at(std::string(name)), value);
}

std::vector<FieldError> Schemas::check(std::string_view name, const Json& value) const {
  const auto found = compiled_->by_name.find(name);
  if (found == compiled_->by_name.end()) throw std::logic_error("there is no schema " + std::string(name));
  const Schema& schema = compiled_->all[std::string(name)];
  std::vector<FieldError> errors;
  valijson::ValidationResults results;
  if (!valijson::Validator().validate(*found->second, valijson::adapters::NlohmannJsonAdapter(value), &results)) {
    for (const auto& fault : results) {
      if (errors.size() >= most_errors) break;
      compiled_->explain(schema, value, fault.context, errors);
    }
  }
  std::vector<FieldError> out;
  compiled_->add_formats(schema, value, {}, "the body", errors);
  for (auto& error : errors) {
    const auto same = [&error](const FieldError& other) { return other.pointer == error.pointer; };
    if (out.size() < most_errors && std::none_of(out.begin(), out.end(), same)) out.push_back(std::move(error));
  }
  return out;
}

const Schemas& api_schemas() {
  static const Schemas compiled(schema_sources());
  return compiled;
}

}  // namespace epicura::http
