/**
 * The bytes. Workers put blobs by their digest and ask which are there already; a blob's row is written once the object
 * store has all of it. Nobody but a version's reader gets them out again.
 */
@NullMarked
package org.moraine.registry.blob;

import org.jspecify.annotations.NullMarked;
