package org.moraine.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** TCP ports of 127.0.0.1. */
final class Ports {

    private static final InetAddress HOME = InetAddress.getLoopbackAddress();
    private static final int CONNECT_MILLIS = 500;

    private Ports() {}

    /** The port itself when it can be listened on, any free one for 0; the message of a taken one says how to choose. */
    static int claim(String part, int port, String option) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(HOME, port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StackException(
                    "Port " + port + ", on which " + part + " is to listen, is taken (" + e.getMessage()
                            + "). Stop what listens there, or choose another port with " + option
                            + " PORT (0 takes any free one).",
                    e);
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
}
