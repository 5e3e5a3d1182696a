package org.moraine.stack;

/** A part that runs until it is closed. */
sealed interface Running extends AutoCloseable permits Database, Broker, ObjectStore, Child {

    Child process();

    @Override
    void close();
}
