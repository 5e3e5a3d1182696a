/**
 * What has to be done again and again so that the registry stays what it says it is: deleted versions whose time has run
 * out are purged, blobs that nothing holds are collected, and all others are read now and then to see whether they are
 * sound. Every round is reported.
 */
@NullMarked
package org.moraine.registry.upkeep;

import org.jspecify.annotations.NullMarked;
