# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Completion of extauth-https for bash. The words that follow from the table of
# settings are at the end; the build has put them there.

# Sets COMPREPLY to those of the words behind $1 that begin with $1.
_extauth_https_choose() {
	local start=$1
	shift
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$start")
}

# Sets COMPREPLY to the files that begin with $1.
_extauth_https_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Completes the value $2 of the option $1. False when the option has none.
_extauth_https_complete_value() {
	local kind words
	read -r kind words < <(_extauth_https_value "$1")
	case $kind in
	words) _extauth_https_choose "$2" "$words" ;;
	files) _extauth_https_files "$2" ;;
	log)
		_extauth_https_choose "$2" stderr syslog
		[[ ${#COMPREPLY[@]} -gt 0 && -n $2 ]] || _extauth_https_files "$2"
		;;
	operations)
		_extauth_https_choose "$2" auth isuser setpass tryregister removeuser removeuser3
		;;
	path_name)
		compopt -o nospace 2>/dev/null
		_extauth_https_choose "$2" auth= isuser= setpass= tryregister= removeuser= \
			removeuser3=
		;;
	text) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	url | pin | seconds) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_extauth_https() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local modes="--check --json -q --server-config --syntax --ask --print-policy --help --version"
	COMPREPLY=()

	# bash takes "--option=value" for three words
	if [[ $current == "=" ]]; then
		current=
	elif [[ $previous == "=" && $COMP_CWORD -gt 1 ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $previous in
	--ask)
		_extauth_https_choose "$current" auth isuser setpass tryregister removeuser \
			removeuser3
		return
		;;
	-c | --server-config)
		_extauth_https_files "$current"
		return
		;;
	-l) previous=--log ;;
	esac
	_extauth_https_complete_value "$previous" "$current" && return
	# shellcheck disable=SC2154 # it is at the end of the file
	_extauth_https_choose "$current" "$modes -c -l -d --debug $_extauth_https_settings"
}

complete -F _extauth_https extauth-https

