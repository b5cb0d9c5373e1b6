#  SPDX-License-Identifier: MIT

#  Each .c file of the current folder that defines main is a program, called
#  prefix and the file's name with - for _, and goes to bin/ in the build
#  folder. The folder's other .c files are for all of them, and for its tests:
#  the library FOLDER-parts. More arguments are packages that pkg-config knows.
#  Sets PROGRAMS to the programs' names.
function (add_programs prefix)
    file (GLOB sources CONFIGURE_DEPENDS *.c)
    foreach (source IN LISTS sources)
        #  A main may come or go without a file coming or going.
        set_property (DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file (STRINGS ${source} found REGEX "^(int )?main ?\\(")
        if (found)
            list (APPEND mains ${source})
        else ()
            list (APPEND parts ${source})
        endif ()
    endforeach ()

    get_filename_component (folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set (libraries zpatterns)
    if (ARGN)
        pkg_check_modules (${folder} REQUIRED IMPORTED_TARGET ${ARGN})
        list (APPEND libraries PkgConfig::${folder})
    endif ()
    if (parts)
        add_library (${folder}-parts STATIC ${parts})
        target_include_directories (${folder}-parts PUBLIC .)
        target_link_libraries (${folder}-parts PUBLIC ${libraries})
        set (libraries ${folder}-parts)
    endif ()
    set (PROGRAMS)
    foreach (main IN LISTS mains)
        get_filename_component (name ${main} NAME_WE)
        string (REPLACE _ - program ${prefix}${name})
        add_executable (${program} ${main})
        target_link_libraries (${program} PRIVATE ${libraries})
        set_target_properties (${program} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
        list (APPEND PROGRAMS ${program})
    endforeach ()
    set (PROGRAMS ${PROGRAMS} PARENT_SCOPE)
endfunction ()
