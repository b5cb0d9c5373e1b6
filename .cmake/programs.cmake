#  SPDX-License-Identifier: MIT

#  Each .c file of the current folder that defines main is a program, called
#  prefix and the file's name with - for _, and goes to bin/ in the build
#  folder. The folder's other .c files are linked to each of them. Sets PROGRAMS
#  to the programs' names.
function (add_programs prefix)
    file (GLOB sources CONFIGURE_DEPENDS *.c)
    foreach (source IN LISTS sources)
        #  Where main is, or goes, is known only from the file itself.
        set_property (DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file (STRINGS ${source} main REGEX "^(int )?main \\(")
        if (main)
            list (APPEND mains ${source})
        endif ()
    endforeach ()
    if (mains)
        list (REMOVE_ITEM sources ${mains})
    endif ()
    foreach (main IN LISTS mains)
        get_filename_component (name ${main} NAME_WE)
        string (REPLACE _ - program ${prefix}${name})
        add_executable (${program} ${main} ${sources})
        target_link_libraries (${program} PRIVATE zpatterns)
        set_target_properties (${program} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
        list (APPEND programs ${program})
    endforeach ()
    set (PROGRAMS ${programs} PARENT_SCOPE)
endfunction ()
