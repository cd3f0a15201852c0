#include "actors/cli/kitchen_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "schema/bounded_json.hpp"

namespace epicura::cli {
namespace {

constexpr std::size_t most_bytes = std::size_t{256} << 20;

// A run that was killed did not save its last epochs. Seconds since 1970 are above all of them: an epoch is a
// connection, and a device makes fewer than one a second.
std::int64_t least_epoch() {
  return now().time_since_epoch() / std::chrono::seconds{1};
}

std::optional<KitchenDevice> read_device(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const auto id = Uuid::parse(text("id"));
  if (!id) return std::nullopt;
  return KitchenDevice{*id, text("token"), std::max(number("epoch"), least_epoch()), number("seq")};
}

}  // namespace

KitchenDevice new_device() {
  return {Uuid::v7(), "", least_epoch(), 0};
}

std::optional<Kitchen> read_kitchen(const std::string& path, std::size_t count) {
  Kitchen kitchen;
  if (std::ifstream file(path, std::ios::binary); !path.empty() && file) {
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const ParsedJson parsed = parse_json(text, most_bytes);
    const bool listed = !parsed.refused && parsed.value.is_object() && parsed.value.contains("devices") &&
                        parsed.value["devices"].is_array();
    if (!listed) {
      fmt::print(stderr, "{}: not a kitchen's file: {{\"devices\": [...]}}\n", path);
      return std::nullopt;
    }
    for (const Json& each : parsed.value["devices"]) {
      auto device = read_device(each);
      if (!device) {
        fmt::print(stderr, "{}: a device without an id\n", path);
        return std::nullopt;
      }
      (kitchen.devices.size() < count ? kitchen.devices : kitchen.rest).push_back(std::move(*device));
    }
  }
  while (kitchen.devices.size() < count) kitchen.devices.push_back(new_device());
  return kitchen;
}

bool write_kitchen(const std::string& path, const std::vector<KitchenDevice>& devices,
                   const std::vector<KitchenDevice>& rest) {
  std::string text = "{\"devices\": [";
  const char* separator = "\n";
  for (const auto* list : {&devices, &rest}) {
    for (const KitchenDevice& device : *list) {
      text += separator;
      separator = ",\n";
      text +=
          dump_json({{"id", device.id.str()}, {"token", device.token}, {"epoch", device.epoch}, {"seq", device.seq}});
    }
  }
  text += "\n]}\n";
  const std::string beside = path + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0) break;
    done += static_cast<std::size_t>(count);
  }
  return ::close(fd) == 0 && done == text.size() && std::rename(beside.c_str(), path.c_str()) == 0;
}

}  // namespace epicura::cli
