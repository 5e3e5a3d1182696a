package org.moraine.registry.hub;

import java.io.InputStream;

/**
 * A file, or a part of one, on its way from the object store to a client.
 *
 * @param length its bytes; the stream has exactly so many
 */
record Pulled(InputStream bytes, long length) {}
