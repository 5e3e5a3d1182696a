/**
 * How a version comes to be: a worker has brought the blobs of a job and now sends the manifest. One transaction takes
 * the adapter's next number and writes the version with all its files, so it is seen whole or not at all; a job that
 * publishes again, or twice at once, is answered with the version it has.
 */
@NullMarked
package org.moraine.registry.publish;

import org.jspecify.annotations.NullMarked;
