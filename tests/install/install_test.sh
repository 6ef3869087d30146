#!/usr/bin/env bash
# Installs into a folder of its own, and builds a consumer against it in both ways.
#
#   install_test.sh BUILD_FOLDER SOURCE_FOLDER CXX
set -euo pipefail
build=$1 source=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/log"
for file in bin/weighlock lib/libweighlock.a include/weighlock/result.h include/weighlock/adapt.h \
  lib/cmake/weighlock/weighlockConfig.cmake lib/cmake/weighlock/weighlockConfigVersion.cmake \
  lib/cmake/weighlock/weighlockTargets.cmake lib/pkgconfig/weighlock.pc; do
  [ -f "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done
if grep -rnF -e "$source" -e "$build" "$prefix/lib/cmake" "$prefix/lib/pkgconfig"; then
  echo "the installed files name the build's folders"
  exit 1
fi
package=$source/tests/data/packages/bert-4.37.2
wanted="weighlock 0.1.0: 11 artefacts, verdict FAIL"

cmake -S "$source/tests/install" -B "$work/by-cmake" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="${CXXFLAGS:-}" >"$work/log"
cmake --build "$work/by-cmake" >"$work/log"
[ "$("$work/by-cmake/consumer" "$package")" = "$wanted" ]

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
read -ra flags <<<"$(pkg-config --static --cflags --libs weighlock)"
"$cxx" -std=c++20 ${CXXFLAGS:-} "$source/tests/install/consumer.cc" "${flags[@]}" -o "$work/by-pkg-config"
[ "$("$work/by-pkg-config" "$package")" = "$wanted" ]
[ "$("$prefix/bin/weighlock" --version)" = "weighlock 0.1.0" ]
echo "installed, found and linked in both ways"
