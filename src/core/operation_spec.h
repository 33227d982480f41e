/* SPDX-License-Identifier: ISC */
/*
 * Predicates and lemmas for the contracts of operation.h.
 */
#ifndef OPERATION_SPEC_H
#define OPERATION_SPEC_H

/*@ // The names on the wire, character by character.
  @
  @ predicate operation_known(integer o) = 0 <= o < OPERATION_COUNT;
  @
  @ logic integer operation_length(integer o) =
  @	o == OPERATION_AUTH ? 4 : o == OPERATION_ISUSER ? 6 : o == OPERATION_SETPASS ? 7 :
  @	o == OPERATION_REMOVEUSER ? 10 : 11;
  @
  @ logic integer name_auth(integer i) = i == 0 ? 'a' : i == 1 ? 'u' : i == 2 ? 't' : 'h';
  @ logic integer name_isuser(integer i) =
  @	i == 0 ? 'i' : i == 1 ? 's' : i == 2 ? 'u' : i == 3 ? 's' : i == 4 ? 'e' : 'r';
  @ logic integer name_setpass(integer i) =
  @	i == 0 ? 's' : i == 1 ? 'e' : i == 2 ? 't' : i == 3 ? 'p' : i == 4 ? 'a' : 's';
  @ logic integer name_tryregister(integer i) =
  @	i == 0 ? 't' : i == 1 ? 'r' : i == 2 ? 'y' : i == 3 ? 'r' : i == 4 ? 'e' : i == 5 ? 'g' :
  @	i == 6 ? 'i' : i == 7 ? 's' : i == 8 ? 't' : i == 9 ? 'e' : 'r';
  @ logic integer name_removeuser3(integer i) =
  @	i == 0 ? 'r' : i == 1 ? 'e' : i == 2 ? 'm' : i == 3 ? 'o' : i == 4 ? 'v' : i == 5 ? 'e' :
  @	i == 6 ? 'u' : i == 7 ? 's' : i == 8 ? 'e' : i == 9 ? 'r' : '3';
  @
  @ logic integer operation_character(integer o, integer i) =
  @	o == OPERATION_AUTH ? name_auth(i) : o == OPERATION_ISUSER ? name_isuser(i) :
  @	o == OPERATION_SETPASS ? name_setpass(i) :
  @	o == OPERATION_TRYREGISTER ? name_tryregister(i) : name_removeuser3(i);
  @
  @ predicate operation_spelled{L}(struct view v, integer o) =
  @	operation_known(o) && v.size == operation_length(o) &&
  @	(\forall integer i; 0 <= i < v.size ==> v.data[i] == operation_character(o, i));
  @
  @ logic integer operation_passwords(integer o) =
  @	o == OPERATION_AUTH || o == OPERATION_SETPASS || o == OPERATION_TRYREGISTER ||
  @	o == OPERATION_REMOVEUSER3 ? 1 : 0;
  @
  @ // the name of `o` is what stands before the first separator
  @ predicate operation_named{L}(struct view v, integer o) =
  @	operation_known(o) && operation_length(o) <= v.size &&
  @	(\forall integer i; 0 <= i < operation_length(o) ==>
  @		v.data[i] == operation_character(o, i)) &&
  @	(operation_length(o) < v.size ==> v.data[operation_length(o)] == ':');
  @*/

/*@ // A name ends at its NUL and not before.
  @
  @ lemma name_without_nul: \forall integer o, i;
  @	operation_known(o) && 0 <= i < operation_length(o) ==> operation_character(o, i) != 0;
  @*/

#endif
