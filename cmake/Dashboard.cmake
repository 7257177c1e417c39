# The dashboard: web/ is built by npm and packed into the program with tools/assets, each file beside its gzip form.
# With FURROW_WEB=OFF an empty archive is packed, so that everything else builds without npm.
set(assets_source ${CMAKE_BINARY_DIR}/assets.cc)
set(web_dist ${CMAKE_SOURCE_DIR}/web/dist)
set(web_stamp ${CMAKE_BINARY_DIR}/web.stamp)
if(FURROW_WEB)
  find_program(NPM npm REQUIRED)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
  set(web_modules ${CMAKE_BINARY_DIR}/web_modules.stamp)
  add_custom_command(OUTPUT ${web_modules}
    COMMAND ${NPM} ci --silent --no-audit --no-fund
    COMMAND ${CMAKE_COMMAND} -E touch ${web_modules}
    DEPENDS ${CMAKE_SOURCE_DIR}/web/package-lock.json
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web COMMENT "Installing the dashboard's packages")
  add_custom_command(OUTPUT ${web_stamp}
    COMMAND ${NPM} run --silent build
    COMMAND ${CMAKE_COMMAND} -E touch ${web_stamp}
    DEPENDS ${web_sources} ${web_modules} ${CMAKE_SOURCE_DIR}/web/package.json ${CMAKE_SOURCE_DIR}/web/index.html
            ${CMAKE_SOURCE_DIR}/web/vite.config.ts ${CMAKE_SOURCE_DIR}/src/app/openapi.json
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web COMMENT "Building the dashboard")
else()
  set(web_dist ${CMAKE_BINARY_DIR}/no-dashboard)
  file(WRITE ${web_stamp} "")
endif()
add_custom_command(OUTPUT ${assets_source}
  COMMAND pack_assets ${web_dist} ${assets_source}
  DEPENDS ${web_stamp} pack_assets COMMENT "Packing the dashboard")
add_library(furrow_assets STATIC ${assets_source})
target_include_directories(furrow_assets PRIVATE ${CMAKE_SOURCE_DIR}/src)
# The server's archive must not keep the rooms from compiling: only programs link it.
target_link_libraries(furrow_app ${FURROW_APP_SCOPE} furrow_assets)
