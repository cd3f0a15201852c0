# shellcheck shell=bash
# Secrets: 32 random bytes in hexadecimal, each made once, in $run/secrets (mode 700, files 600). Sourced by scripts/stack.

secret_names=(postgres_admin_password postgres_password nats_epicura_password nats_ops_password nats_recorder_password nats_replayer_password jwt_secret
  jwt_refresh_secret mail_link_secret mfa_secret api_key_secret upload_secret admin_password device_token_secret bridge_password)

make_secrets() {
  local name file
  mkdir -p "$run/secrets"
  chmod 700 "$run/secrets"
  for name in "${secret_names[@]}"; do
    file=$run/secrets/$name
    if [[ ! -s $file ]]; then
      (umask 077 && od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$file.new")
      mv -f "$file.new" "$file"
    fi
  done
}

secret() { cat "$run/secrets/$1"; }
