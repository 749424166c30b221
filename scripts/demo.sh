#!/bin/sh
# Shows the whole way of a rule on this machine: check, test, publish to a sandbox, publish again. It starts one
# process, the sandbox, on a free loopback port, and ends it. Publishing records what it did in tocsin.lock, so it is done
# from a copy: the checkout stays as it is.
set -eu
tocsin=$(pwd)/$1
work=$(mktemp -d)
sandbox=
finish() {
	if [ -n "$sandbox" ]; then kill "$sandbox" 2>/dev/null || true; wait "$sandbox" 2>/dev/null || true; fi
	cd / && rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n$ %s\n' "$*"; }

say tocsin check
"$tocsin" check

say tocsin test
"$tocsin" test >"$work/test" || { cat "$work/test"; exit 1; }
head -n 5 "$work/test"
echo "..."
grep -A 5 'cases: ' "$work/test"

say tocsin sandbox
"$tocsin" sandbox --listen 127.0.0.1:0 >"$work/sandbox" 2>&1 &
sandbox=$!
tries=0
while ! grep -q '^listening on ' "$work/sandbox"; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 "$sandbox" 2>/dev/null; then
		cat "$work/sandbox"
		echo 'the sandbox did not start' >&2
		exit 1
	fi
	sleep 0.1
done
cat "$work/sandbox"
url=$(sed -n 's/^listening on //p' "$work/sandbox")

cp -R tocsin.toml rules exceptions schemas "$work"
cd "$work"

say "tocsin apply --url $url --yes"
"$tocsin" apply --url "$url" --yes >first
tail -n 1 first

say "tocsin apply --url $url --yes    # again"
"$tocsin" apply --url "$url" --yes | tee second
grep -q '^Nothing to do' second || { echo 'the second apply had something to do' >&2; exit 1; }

printf '\nThe starter rules are sound, behave as their fixtures say, and a sandbox has them: a second apply had nothing to do.\n'
