#  SPDX-License-Identifier: MIT
#
#  Completion of zp for bash, which loads this file at the first Tab if it lies
#  in a bash-completion/completions folder under the name zp.

source <(zp completion bash)
