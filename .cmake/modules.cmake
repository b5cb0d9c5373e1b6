#  SPDX-License-Identifier: MIT
#
#  Reading the MODULE files. A line is a key and its values; a key may come more
#  than once, and its values add up.
#
#      name    reqrep                     as the folder is called
#      summary Request and reply, with    one line for a person
#      files   zp_client.h zp_client.c    all but MODULE and README.md
#      needs   lib/status lib/envelope    the modules whose headers it includes
#      links   libzmq >= 4.3 jansson -lm  names that pkg-config knows, or flags
#      prefix  zp_client_ zp_server_      how each exported name starts

set (MODULE_KEYS name summary files needs links prefix)

#  Sets module_KEY for each key from the MODULE file of a folder, or stops with
#  what is wrong in it.
function (read_module folder)
    set (root ${PROJECT_SOURCE_DIR})
    foreach (key IN LISTS MODULE_KEYS)
        set (module_${key})
    endforeach ()
    file (STRINGS ${root}/${folder}/MODULE lines)
    foreach (line IN LISTS lines)
        if (NOT line MATCHES "^([a-z]+)[ \t]+([^ \t].*)$"
            OR NOT CMAKE_MATCH_1 IN_LIST MODULE_KEYS)
            list (JOIN MODULE_KEYS ", " keys)
            message (FATAL_ERROR
                "${folder}/MODULE: neither ${keys}, and then values: ${line}")
        endif ()
        set (key ${CMAKE_MATCH_1})
        string (REGEX REPLACE "[ \t]*>=[ \t]*" ">=" values "${CMAKE_MATCH_2}")
        string (REGEX MATCHALL "[^ \t]+" values "${values}")
        list (APPEND module_${key} ${values})
    endforeach ()

    foreach (key name summary files prefix)
        if (NOT module_${key})
            message (FATAL_ERROR "${folder}/MODULE: no line '${key}'")
        endif ()
    endforeach ()
    if (NOT folder MATCHES "/${module_name}$")
        message (FATAL_ERROR "${folder}/MODULE: not the name: ${module_name}")
    endif ()
    list (TRANSFORM module_files PREPEND ${folder}/ OUTPUT_VARIABLE named)
    list (TRANSFORM module_needs APPEND /MODULE OUTPUT_VARIABLE modules)
    foreach (file IN LISTS named modules)
        if (NOT EXISTS ${root}/${file})
            message (FATAL_ERROR "${folder}/MODULE: no such file: ${file}")
        endif ()
    endforeach ()

    foreach (key IN LISTS MODULE_KEYS)
        set (module_${key} ${module_${key}} PARENT_SCOPE)
    endforeach ()
endfunction ()

#  Reads all modules. Sets MODULES (such as lib/status), MODULE_FOLDERS,
#  MODULE_SOURCES and MODULE_HEADERS (full paths), MODULE_LINKS (for pkg-config)
#  and MODULE_FLAGS (for the linker).
function (read_modules)
    file (GLOB modules RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
        lib/*/MODULE patterns/*/MODULE)
    set_property (DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${modules})
    list (TRANSFORM modules REPLACE "/MODULE$" "")
    foreach (folder IN LISTS modules)
        read_module (${folder})
        list (TRANSFORM module_files PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
        list (APPEND files ${module_files})
        list (APPEND links ${module_links})
    endforeach ()
    list (REMOVE_DUPLICATES links)
    set (sources ${files})
    set (headers ${files})
    set (flags ${links})
    list (FILTER sources INCLUDE REGEX "\\.c$")
    list (FILTER headers INCLUDE REGEX "\\.h$")
    list (FILTER flags INCLUDE REGEX "^-")
    list (FILTER links EXCLUDE REGEX "^-")

    set (MODULES ${modules} PARENT_SCOPE)
    list (TRANSFORM modules PREPEND ${PROJECT_SOURCE_DIR}/)
    set (MODULE_FOLDERS ${modules} PARENT_SCOPE)
    set (MODULE_SOURCES ${sources} PARENT_SCOPE)
    set (MODULE_HEADERS ${headers} PARENT_SCOPE)
    set (MODULE_LINKS ${links} PARENT_SCOPE)
    set (MODULE_FLAGS ${flags} PARENT_SCOPE)
endfunction ()
