package org.moraine.stack;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The built source tree that this class runs from: where the parts' programs lie. */
public final class Checkout {

    private Checkout() {}

    /** The folder with pom.xml and the modules. */
    public static Path root() {
        Path here = codeSource();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("local-stack/pom.xml"))) return folder;
        }
        throw new StackException("The local stack runs from a source tree, and " + here + " does not lie in one.");
    }

    /** The folder of the base models that ship with Moraine. */
    public static Path models() {
        return root().resolve("models");
    }

    /** The class path of a server that runs as a process of its own: {@code kafka} or {@code s3proxy}. */
    static String classPath(String server) {
        return built(root().resolve("local-stack").resolve(server).resolve("target/lib"), "local-stack/" + server)
                + File.separator + "*";
    }

    /** The runnable jar of a service. */
    static Path service(String module) {
        return built(root().resolve(module).resolve("target/quarkus-app/quarkus-run.jar"), module);
    }

    private static Path built(Path path, String module) {
        if (Files.exists(path)) return path;
        throw new StackException(
                path + " is not there: build it with `mvn -DskipTests package -pl " + module + " -am`.");
    }

    /** A java command of the running JDK, with what keeps a small server small. */
    static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError");
    }

    private static Path codeSource() {
        try {
            return Path.of(Checkout.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
