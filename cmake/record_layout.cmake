# Records the layout of the headers that plugins include (LAYOUT, a generated header) in RECORD, so that none of them changes unnoticed:
# fails where they changed and neither the ABI number (NOTE, plugin_note.h) nor CHANGELOG did. With CHECK it writes nothing and fails where
# RECORD is out of date.
# Run as: cmake --build BUILD --target record_layout
function(first_match pattern file out)
  file(READ "${file}" text)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${file} has nothing of the form ${pattern}")
  endif()
  set(${out} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

first_match("CLIPWORK_LAYOUT_HASH 0x([0-9a-f]+)" "${LAYOUT}" layout)
first_match("kAbiNumber = ([0-9]+)" "${NOTE}" abi)
file(SHA256 "${CHANGELOG}" changes)
string(SUBSTRING "${changes}" 0 16 changes)
first_match("abi ([0-9]+)" "${RECORD}" recorded_abi)
first_match("layout ([0-9a-f]+)" "${RECORD}" recorded_layout)
first_match("changelog ([0-9a-f]+)" "${RECORD}" recorded_changes)

if(layout STREQUAL recorded_layout AND abi STREQUAL recorded_abi)
  return()
endif()
if(abi STREQUAL recorded_abi AND changes STREQUAL recorded_changes)
  message(FATAL_ERROR "Headers that plugins include have changed, so that every plugin must be rebuilt, and CHANGELOG.md does not say so. "
    "Describe the change there, then run: cmake --build BUILD --target record_layout")
endif()
if(CHECK)
  message(FATAL_ERROR "Headers that plugins include have changed; run: cmake --build BUILD --target record_layout")
endif()
file(WRITE "${RECORD}" "# The headers that plugins include, when they last changed. Written by: cmake --build BUILD --target record_layout
abi ${abi}
layout ${layout}
changelog ${changes}
")
