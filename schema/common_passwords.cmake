# Writes OUT: the lines of FILE, common_passwords.txt, as one raw string literal that begins with a line break.
#
# Where the list is from. Passwords of 8 characters or more, lower-case ASCII, in the order of their bytes, from
#   - the first 10,000 of the ranking `passwords` of zxcvbn 4.4.2 (MIT, Dan Wheeler and Dropbox), which is made from
#     Mark Burnett's ten million passwords. It has no words, names, repetitions and sequences: zxcvbn finds them otherwise.
#   - Django 3.2's common-passwords.txt (BSD-3-Clause, by Royce Williams), which has them.
file(READ ${FILE} lines)
string(CONCAT text
  "// Made by schema/common_passwords.cmake.\n#include \"schema/common_passwords.hpp\"\n\nnamespace epicura {\n\n"
  "std::string_view common_passwords_text() {\n  return R\"list(\n${lines})list\";\n}\n\n}  // namespace epicura\n")
file(WRITE ${OUT} "${text}")
