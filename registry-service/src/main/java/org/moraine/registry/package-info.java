/**
 * The registry: adapters as immutable, numbered versions, pulled with the Hub's clients. The rooms, from the ground up:
 * {@code blob} keeps bytes by their digest, {@code version} and {@code adapter} say what was made of them, {@code alias}
 * points at versions by name, {@code publish} makes a version of a job's files in one transaction, and {@code hub}
 * speaks the Hub's protocol over all of it. Here is what every room stands on: the database, who may see what, and how
 * the native API says no.
 */
@NullMarked
package org.moraine.registry;

import org.jspecify.annotations.NullMarked;
