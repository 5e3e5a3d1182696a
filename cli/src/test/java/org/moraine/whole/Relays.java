package org.moraine.whole;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.moraine.stack.Part;

/**
 * A relay before each of database, broker and object store, by which a stack's services reach them.
 *
 * @param ports on which the stack's parts listen
 */
record Relays(Map<Part, Integer> ports, Map<Part, Relay> all) {

    /** What the services keep everything in. */
    static final List<Part> PARTS = List.of(Part.POSTGRESQL, Part.KAFKA, Part.OBJECT_STORE);

    static Relays onFreePorts() {
        Map<Part, Integer> ports = freePorts();
        Map<Part, Relay> all = new EnumMap<>(Part.class);
        PARTS.forEach(part -> all.put(part, Relay.before(ports.get(part))));
        return new Relays(ports, all);
    }

    /** For a stack whose ports are to be known before it starts. */
    static Map<Part, Integer> freePorts() {
        Map<Part, Integer> ports = new EnumMap<>(Part.class);
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (Part part : Part.values()) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                taken.add(socket); // until all are found, so that they differ
                ports.put(part, socket.getLocalPort());
            }
            for (ServerSocket socket : taken) socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ports;
    }

    Relay before(Part part) {
        return all.get(part);
    }

    /** What tells the services to come this way. */
    Map<String, String> environment() {
        return Map.of(
                "MORAINE_DATABASE_URL",
                "jdbc:postgresql://127.0.0.1:" + before(Part.POSTGRESQL).port() + "/moraine",
                "KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:" + before(Part.KAFKA).port(),
                "MORAINE_S3_ENDPOINT",
                "http://127.0.0.1:" + before(Part.OBJECT_STORE).port());
    }
}
