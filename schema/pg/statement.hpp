#pragma once
// A named SQL statement. Names are constants of the program: a connection prepares each the first time it is used.

namespace epicura::pg {

// Both texts outlive every client; a name stands for one text. Parameters and results travel in binary, so the SQL
// says each parameter's type by a cast ($1::uuid) and gives results of the types that Rows can read.
struct Statement {
  enum class Kind {
    any,
    // Reads the one row of a key, without a lock. Units of nothing else may share a transaction, which saves both
    // sides most of their work, and are sent once more where the connection is lost on the way.
    point_read,
  };

  const char* name;
  const char* sql;
  Kind kind = Kind::any;
};

}  // namespace epicura::pg
