# Writes OUT, a header with the layout hash: SHA-256 over the text of the plugin-facing HEADERS without comments and spaces. Order of
# virtual functions, sizes and inline code all change it; where the tree lies does not.
# Run as: cmake -DOUT=FILE "-DHEADERS=a;b" -P layout_hash.cmake
include("${CMAKE_CURRENT_LIST_DIR}/ClipworkPlugin.cmake")
set(entries "")
foreach(header IN LISTS HEADERS)
  clipwork_header_text("${header}" content)
  string(SHA256 content "${content}")
  # The name that files include it by: ops/norm.h and norm.h are two headers.
  string(REGEX REPLACE "^.*/include/" "" name "${header}")
  list(APPEND entries "${name}:${content}")
endforeach()
list(SORT entries)
list(JOIN entries "\n" text)
string(SHA256 hash "${text}")
string(SUBSTRING "${hash}" 0 16 hash)
set(content "#pragma once\n// Generated: identifies the plugin-facing headers that lie beside this file.\n#define CLIPWORK_LAYOUT_HASH 0x${hash}ULL\n")
set(old "")
if(EXISTS "${OUT}")
  file(READ "${OUT}" old)
endif()
if(NOT old STREQUAL content)
  file(WRITE "${OUT}" "${content}")
endif()
