#pragma once
// The statements of what people say of themselves. The form is that of queries.hpp.

#include "schema/pg/account_words.hpp"
#include "schema/pg/statement.hpp"

namespace epicura::pg::queries {

// All that the API shows of a user, as one text: the same as long as that is.
#define EPICURA_USER_STATE                                                                             \
  "row(u.email, u.email_verified, u.name, u.role, u.dietary_preferences, u.allergies, u.preferences, " \
  "u.avatar_file)::text"

// 1 id uuid -> the user, 10 state text; or no row.
inline constexpr Statement get_user_state{
    "get_user_state", "select " EPICURA_USER_COLUMNS ", " EPICURA_USER_STATE " from users u where u.id = $1::uuid",
    Statement::Kind::point_read};

// 1 id uuid, 2 name text?, 3 dietary_preferences text?, 4 allergies text?, 5 preferences text (JSON all three; of
// preferences a null removes the key), 6 state text? -> the user; no row: there is none, or not in this state.
// Two that come at one moment both count, where they do not change the same.
inline constexpr Statement change_profile{"change_profile",
                                          "update users u set name = coalesce($2::text, u.name), "
                                          "dietary_preferences = coalesce($3::text::jsonb, u.dietary_preferences), "
                                          "allergies = coalesce($4::text::jsonb, u.allergies), "
                                          "preferences = jsonb_strip_nulls(u.preferences || $5::text::jsonb) "
                                          "where u.id = $1::uuid and ($6::text is null or " EPICURA_USER_STATE
                                          " = $6::text) returning " EPICURA_USER_COLUMNS};

#undef EPICURA_USER_STATE

}  // namespace epicura::pg::queries
