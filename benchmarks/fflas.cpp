// Ranks by FFLAS-FFPACK: reads lines "type p m n repeats file" on standard input, the file being the residues as little-endian
// float64 by rows; writes one line
// "rank" and, for each repeat, seconds of wall and of processor time.  Built and run by benchmarks/peers.py.
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>
#include <fflas-ffpack/fflas-ffpack.h>

template <class Field>
void run(double p, size_t m, size_t n, int repeats, const std::vector<double> &entries) {
    typedef typename Field::Element Element;
    Field field((Element)p);
    Element *work = FFLAS::fflas_new(field, m, n);
    size_t rank = 0;
    std::vector<double> times;
    for (int i = 0; i < repeats; i++) {
        auto start = std::chrono::steady_clock::now();
        std::clock_t used = std::clock();
        for (size_t k = 0; k < m * n; k++) work[k] = (Element)entries[k];
        rank = FFPACK::Rank(field, m, n, work, n);
        times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        times.push_back((double)(std::clock() - used) / CLOCKS_PER_SEC);
    }
    std::cout << rank;
    for (double t : times) std::cout << ' ' << t;
    std::cout << std::endl;
    FFLAS::fflas_delete(work);
}

int main() {
    std::string type, path;
    double p;
    size_t m, n;
    int repeats;
    while (std::cin >> type >> p >> m >> n >> repeats >> path) {
        std::vector<double> entries(m * n);
        std::ifstream file(path, std::ios::binary);
        file.read((char *)entries.data(), (std::streamsize)(8 * m * n));
        if (!file) return 2;
        if (type == "float") run<Givaro::ModularBalanced<float>>(p, m, n, repeats, entries);
        else run<Givaro::ModularBalanced<double>>(p, m, n, repeats, entries);
    }
}
