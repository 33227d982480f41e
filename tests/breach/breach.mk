# SPDX-License-Identifier: ISC
# Assume breach: an attacker's code in the processes of the real program.
BREACHED = environment_drop worker_process_start uplink_introduce uplink_next getaddrinfo

ATTACKS = $(patsubst tests/breach/%.c,$(BUILD)/breach/%.o,$(wildcard tests/breach/*.c))

$(BUILD)/breach/%.o: tests/breach/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$(COMPILE) -iquote tests/breach -c $< -o $@)

# An attacker does not return from what has no end.
$(BUILD)/breach/by_call.o: DEFINES += -Wno-infinite-recursion

$(BUILD)/breach/extauth-https: $(ATTACKS) $(OBJECTS)
	$(call say,LINK,$(CC) $(CFLAGS) $(LINKING) $(BREACHED:%=-Wl$(comma)--wrap=%) $^ -o $@ $(LIBRARIES))

check-breach: $(PROGRAM) $(BUILD)/breach/extauth-https
	$(PYTEST) -n 2 tests/breach

-include $(wildcard $(BUILD)/breach/*.d)
