package org.moraine.stack;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * initdb and postgres of this machine's kind, unpacked from their jar once per version. Neither runs as root, so root
 * starts them in a user namespace of their own, or, where those are forbidden, as the user {@code nobody}.
 */
final class PostgresPrograms {

    private static final String NOBODY = "65534";
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final long INITDB_SECONDS = 120;

    /** How a command is kept from running as root. */
    private enum Guard {
        NOT_ROOT(List.of()),
        NAMESPACE(List.of("unshare", "-U")),
        NOBODY_USER(List.of(
                SETPRIV.toString(), "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--pdeathsig=TERM"));

        private final List<String> prefix;

        Guard(List<String> prefix) {
            this.prefix = prefix;
        }
    }

    private final Path folder;
    private final Guard guard;

    private PostgresPrograms(Path folder, Guard guard) {
        this.folder = folder;
        this.guard = guard;
    }

    static PostgresPrograms unpacked() throws IOException {
        Guard guard = guard();
        String archive = "postgres-" + system() + "-" + processor() + ".txz";
        try (InputStream in = PostgresPrograms.class.getResourceAsStream("/" + archive)) {
            if (in == null) throw new StackException("This build has no PostgreSQL for this machine: " + archive);
            Path folder = home(guard).resolve(version() + "-" + processor());
            if (!Files.isDirectory(folder)) unpack(in, folder);
            return new PostgresPrograms(folder, guard);
        }
    }

    List<String> command(String program) {
        List<String> command = new ArrayList<>(guard.prefix);
        command.add(folder.resolve("bin").resolve(program).toString());
        return command;
    }

    /** Runs a program that ends by itself. */
    void run(List<String> programAndArguments) throws IOException {
        List<String> command = new ArrayList<>(command(programAndArguments.get(0)));
        command.addAll(programAndArguments.subList(1, programAndArguments.size()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor(INITDB_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        throw new StackException(String.join(" ", command) + " failed:\n" + printed);
    }

    /** The folder in {@code folder} in which the server can make its own. */
    Path ownedByServer(Path folder) throws IOException {
        if (guard != Guard.NOBODY_USER) return folder;
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        permissions.add(PosixFilePermission.OTHERS_EXECUTE);
        Files.setPosixFilePermissions(folder, permissions);
        Path own = folder.resolve("nobody");
        if (!Files.exists(own)) Files.createDirectory(own);
        giveToServer(own);
        return own;
    }

    void giveToServer(Path path) throws IOException {
        if (guard == Guard.NOBODY_USER) {
            Files.setAttribute(path, "unix:uid", Integer.parseInt(NOBODY));
            Files.setAttribute(path, "unix:gid", Integer.parseInt(NOBODY));
        }
    }

    private static Guard guard() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) return Guard.NOT_ROOT;
        try {
            Process process = new ProcessBuilder("unshare", "-U", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor() == 0) return Guard.NAMESPACE;
        } catch (IOException e) {
            // No unshare here.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (Files.isExecutable(SETPRIV)) return Guard.NOBODY_USER;
        throw new StackException("PostgreSQL does not run as root, and neither user namespaces (unshare -U) nor "
                + SETPRIV + " are to be had here: start the stack as another user.");
    }

    /** A folder that the server may read: root's home is often closed to others. */
    private static Path home(Guard guard) {
        return guard == Guard.NOBODY_USER
                ? Path.of("/var/cache/moraine/postgresql")
                : Path.of(System.getProperty("user.home"), ".cache/moraine/postgresql");
    }

    private static void unpack(InputStream archive, Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        Path half = Files.createTempDirectory(
                folder.getParent(),
                "unpacking",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = half.resolve(entry.getName()).normalize();
                if (!path.startsWith(half)) throw new IOException("an entry outside the archive: " + entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(path.getParent());
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(path.getParent());
                    Files.copy(tar, path);
                    boolean runs = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(runs ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
        try {
            Files.move(half, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            // Another program unpacked the same version meanwhile.
            Trees.delete(half);
        }
    }

    private static String version() throws IOException {
        try (InputStream in = PostgresPrograms.class.getResourceAsStream("postgresql.version")) {
            if (in == null) throw new AssertionError("postgresql.version is written by the build");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static String system() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
    }

    private static String processor() {
        return System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
    }
}
