#pragma once
// Images as files, below the setting media_dir:
//   quarantine/<uuid>     what a client has put there, not looked at yet
//   public/<name>         what was decoded and encoded anew, as anybody may have it
//   work/<name>/          where one is decoded
// Every name is made here and says nothing; a name is never given a second time, so what stands under it never changes.
// A file is there in full or not at all, and readable by its owner alone. Blocks: for threads that may. Any number of
// them, and of processes, at a time.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/time.hpp"
#include "schema/uuid.hpp"

namespace epicura {

class MediaStore {
 public:
  explicit MediaStore(std::string directory) : directory_(std::move(directory)) {}

  struct Found {
    std::optional<std::string> bytes;
    bool absent = false;  // neither: it could not be read now
  };

  bool quarantine(const Uuid& id, std::string_view bytes) const;  // false: no room, or no such directory; logged
  Found quarantined(const Uuid& id) const;
  void drop_quarantined(const Uuid& id) const;

  std::optional<std::string> keep(std::string_view jpeg) const;  // its name; absent: as above
  Found read(std::string_view name) const;                       // one that has the form of a name
  void drop(std::string_view name) const;
  static bool is_name(std::string_view text);  // 32 hexadecimal digits in lower case and ".jpg"

  // A new directory, empty, for its owner alone; absent: as above. Whoever gets it removes it.
  std::optional<std::string> make_work_directory() const;

  // What is older than this: its rows are written by now, or never will be.
  std::vector<Uuid> quarantined_before(std::chrono::seconds age) const;
  std::vector<std::string> kept_before(std::chrono::seconds age) const;
  void drop_work_before(std::chrono::seconds age) const;  // and files that were never whole

 private:
  bool write(const std::string& place, const std::string& name, std::string_view bytes) const;
  Found read_file(const std::string& place, std::string_view name) const;
  void remove(const std::string& place, std::string_view name) const;

  std::string directory_;  // made where it is not there
};

}  // namespace epicura
