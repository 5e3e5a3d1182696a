package org.moraine.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Map;

/** TCP ports of 127.0.0.1. */
final class LoopbackPort {

    private static final InetAddress HOME = InetAddress.getLoopbackAddress();
    private static final int CONNECT_MILLIS = 500;

    private LoopbackPort() {}

    /** The port itself when it can be listened on, any free one for 0; the message of a taken one says how to choose. */
    static int claim(Part part, int port) {
        try {
            return bind(port);
        } catch (IOException e) {
            throw new StackException(
                    part.title() + " cannot listen on port " + port + " (" + e.getMessage()
                            + "). Stop what listens there, or choose another port with " + part.option()
                            + " PORT, 0 for any free one.",
                    e);
        }
    }

    /** A port for every part, all of them different; says of the first taken one which it is. */
    static Map<Part, Integer> claimAll(StackSettings settings) {
        Map<Part, Integer> ports = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            int port = claim(part, settings.port(part));
            while (settings.port(part) == 0 && ports.containsValue(port)) port = free();
            ports.put(part, port);
        }
        return ports;
    }

    static int free() {
        try {
            return bind(0);
        } catch (IOException e) {
            throw new StackException("No port of 127.0.0.1 is free: " + e.getMessage(), e);
        }
    }

    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HOME, port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int bind(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(HOME, port));
            return socket.getLocalPort();
        }
    }
}
