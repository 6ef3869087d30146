# What `make install` puts where.
install(TARGETS weighlock_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
