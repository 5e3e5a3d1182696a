/**
 * Moraine on one machine: a real broker, a real database, an object store and the three services, each a process of its
 * own, bound to 127.0.0.1 and kept in one folder. {@link org.moraine.stack.Database}, {@link org.moraine.stack.Broker}
 * and {@link org.moraine.stack.ObjectStore} can be started alone, as the services' tests do. Whatever is started here
 * ends when it is closed, and by itself when the program that started it dies, however it dies.
 */
@NullMarked
package org.moraine.stack;

import org.jspecify.annotations.NullMarked;
