#pragma once
// The handlers, one for each operation of the route table.

#include "actors/request.hpp"

namespace epicura::routes {

// operations.cpp
void get_health(Call& call);
void get_ready(Call& call);
void get_dependencies(Call& call);  // ready or not, and which parts are
void get_metrics(Call& call);
void get_twin(Call& call);

// documents.cpp
void get_openapi(Call& call);
void get_docs(Call& call);
void get_docs_file(Call& call);
void get_account_page(Call& call);

// sign_in.cpp
void register_user(Call& call);
void log_in(Call& call);
void restore_user(Call& call);

// sessions.cpp
void refresh(Call& call);
void log_out(Call& call);
void log_out_everywhere(Call& call);
void get_me(Call& call);

// mail_links.cpp
void forgot_password(Call& call);
void reset_password(Call& call);
void verify_email(Call& call);

// credentials.cpp
void reauthenticate(Call& call);
void change_password(Call& call);
void change_email(Call& call);

// second_factor.cpp
void finish_log_in(Call& call);
void get_mfa(Call& call);
void set_mfa(Call& call);
void remove_mfa(Call& call);

// auth_sessions.cpp
void list_auth_sessions(Call& call);
void end_other_auth_sessions(Call& call);
void end_auth_session(Call& call);

// api_keys.cpp
void list_api_keys(Call& call);
void create_api_key(Call& call);
void revoke_api_key(Call& call);

// profile.cpp
void get_user(Call& call);
void change_user(Call& call);
void list_cook_sessions(Call& call);

// avatar.cpp
void request_avatar_upload(Call& call);
void confirm_avatar(Call& call);
void remove_avatar(Call& call);

// media.cpp
void put_upload(Call& call);
void get_media(Call& call);

// export.cpp
void export_user(Call& call);

// deletion.cpp
void delete_user(Call& call);

// devices.cpp
void register_device(Call& call);
void get_device(Call& call);

// telemetry.cpp
void post_telemetry(Call& call);
void get_telemetry(Call& call);

// admin_users.cpp
void list_users(Call& call);
void administer_user(Call& call);
void end_user_sessions(Call& call);

// admin_audit.cpp
void list_audit_log(Call& call);

// admin_jobs.cpp
void list_jobs(Call& call);
void retry_job(Call& call);

// admin_dead_letters.cpp
void list_dead_letters(Call& call);
void replay_dead_letter(Call& call);

}  // namespace epicura::routes
