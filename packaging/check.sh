#!/usr/bin/env bash
# Does the steps of the Containerfile's second stage without a container engine, and runs what comes out of them:
#   packaging/check.sh PROGRAM
# A root directory with the program alone, read-only but for the data; a user that is not root and has no capability. Where this machine
# does not allow mounts and other users the program runs as it is, and the first line says so.
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
child=
clean() {
  if [ -n "$child" ]; then
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean EXIT
fail() {
  echo "failed: $1"
  cat "$work/errors"
  exit 1
}
root=$work/root
user=65532

# The paths of the Containerfile and no others.
mkdir -p "$root"/usr/bin "$root"/tmp "$root"/run/secrets "$root"/etc/tallystick "$root"/var/lib/tallystick
cp "$program" "$root/usr/bin/tallystick"
# A program of scripts/release is static and needs nothing; another brings its libraries.
for library in $(ldd "$program" 2>/dev/null | grep -oE '/[^ ]+'); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
"$program" keys new "$root/run/secrets/unit.keys" >/dev/null
printf '[service]\ncertificate_self_signed = true\nworkers = 1\n' >"$root/etc/tallystick/settings.toml"
at() {
  echo serve --data "$1/var/lib/tallystick" --keys "$1/run/secrets/unit.keys" \
    --config "$1/etc/tallystick/settings.toml" --listen 127.0.0.1:0
}

mkfifo "$work/output"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && unshare --mount true 2>/dev/null; then
  echo "how: another user, read-only root"
  contained=yes
  chmod 755 "$work"
  chown -R "$user:$user" "$root/var/lib/tallystick" "$root/run/secrets"
  # In a mount space of its own. Capabilities are dropped before, but for the one that changes the root; the change of user drops that.
  # shellcheck disable=SC2016
  inner='set -e
mount --bind "$1" "$1"
mount --bind "$1/var/lib/tallystick" "$1/var/lib/tallystick"
mount -o remount,bind,ro "$1"
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --userspec="$2:$2" --groups= "$1" /usr/bin/tallystick ${@:3}'
  # shellcheck disable=SC2046
  unshare --mount bash -c "$inner" inner "$root" "$user" $(at "") >"$work/output" 2>"$work/errors" &
else
  echo "how: this user, writable root"
  contained=no
  # shellcheck disable=SC2046
  "$root/usr/bin/tallystick" $(at "$root") >"$work/output" 2>"$work/errors" &
fi
child=$!
serves=no
exec 3<"$work/output"
while read -r line <&3; do
  case $line in serving*) serves=yes && break ;; esac
done
[ "$serves" = yes ] || fail "it does not serve"
echo "ok: it serves"
if [ "$contained" = yes ]; then
  status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$child/status"; }
  [ "$(status Uid | cut -f1)" = "$user" ] || fail "its user is $(status Uid)"
  echo "ok: it is not root"
  [ "$(status CapEff)" = 0000000000000000 ] || fail "its capabilities are $(status CapEff)"
  echo "ok: it has no capability"
  [ "$(status NoNewPrivs)" = 1 ] || fail "it may gain rights"
  echo "ok: it gains none"
  awk '$5 == "/" { print $6 }' "/proc/$child/mountinfo" | tail -n 1 | grep -q '^ro' || fail "its root can be written to"
  echo "ok: its root is read-only"
fi
kill -TERM "$child"
wait "$child" || fail "it does not end in order"
child=
echo "ok: it ends in order"
"$program" verify-store --data "$root/var/lib/tallystick" --keys "$root/run/secrets/unit.keys" >"$work/report" || fail "$(cat "$work/report")"
echo "ok: what it leaves is sound"
