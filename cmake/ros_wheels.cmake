# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0

# ROS 2 from Python wheels exports its message targets with include directories of the
# machine that built the wheels. CMake refuses an imported target that names a directory
# which does not exist, so those are dropped, once every package has been found. On a ROS 2
# installation all of them exist and nothing is changed.
function(drop_missing_include_dirs)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(dirs ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT dirs)
      continue()
    endif()
    set(kept "")
    foreach(dir IN LISTS dirs)
      if(NOT IS_ABSOLUTE "${dir}" OR EXISTS "${dir}")
        list(APPEND kept "${dir}")
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${kept}")
  endforeach()
endfunction()
cmake_language(DEFER CALL drop_missing_include_dirs)

# Where numpy lies in a virtual environment inside the source tree (.venv), CMake also refuses
# to export the message library with numpy's headers among its include directories. They are
# needed to build it, not to use it. Only the wheels have them there: on a ROS 2 installation the
# library is linked to numpy privately and has no such directories.
function(keep_source_include_dirs_private)
  set(target ${PROJECT_NAME}__rosidl_generator_py)
  if(NOT TARGET ${target})
    return()
  endif()
  get_target_property(dirs ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(NOT dirs)
    return()
  endif()
  set(kept "")
  foreach(dir IN LISTS dirs)
    string(FIND "${dir}" "${CMAKE_SOURCE_DIR}/" at)
    if(at EQUAL 0)
      list(APPEND kept "$<BUILD_INTERFACE:${dir}>")
    else()
      list(APPEND kept "${dir}")
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${kept}")
endfunction()
cmake_language(DEFER CALL keep_source_include_dirs_private)
