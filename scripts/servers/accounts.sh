# shellcheck shell=bash
# The stack's admin: a real account, whose password is a secret of the stack, and a token of a session of theirs. Sourced
# by scripts/stack.

admin_email=ops@example.org

make_admin() {
  run_epicura user create "$admin_email" --admin --if-absent --password-file "$run/secrets/admin_password" \
    >"$run/log/user.log" 2>&1 || { log_tail user && fail "epicura user create failed"; }
  (umask 077 && run_epicura token --user "$admin_email" --ttl 24h >"$run/secrets/admin_token")
}
