# instance.mk - the local instance: make up, down, status, logs, dev, restart
#
# Needs from the Makefile: a target `programs` that builds api and keelctl.

.PHONY: help up down status logs dev restart

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The build is a make of its own: what it needs must be installed before make looks for it.
up: ## Install what is missing, build, and start Keel on 127.0.0.1:8080 (KEEL_PORT=9000 make up moves it)
	@deploy/local/packages build run
	@$(MAKE) --no-print-directory programs
	@deploy/local/instance up

down: ## Stop Keel; its data stays in var/
	@deploy/local/instance down

status: ## Say which parts of Keel are up
	@deploy/local/instance status

logs: ## Follow the logs of Keel, nginx and PostgreSQL
	@deploy/local/instance logs

restart: ## Replace the workers one by one, without a failed request
	@deploy/local/instance restart-workers

dev: ## Rebuild and restart the workers whenever a source file changes
	@deploy/local/instance dev
